/** `npm run bench:serving`: what a hit of the cache takes beyond a direct call that is answered at once, and beyond one through a bare proxy, and how much sooner a batch ends. */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import { batchSpeedUp } from './batch-speed.ts'
import { endChildren, endWithBench, startNode } from './children.ts'
import { quantile } from './load.ts'

const rounds = 10
const perRound = process.argv.includes('--quick') ? 100 : 300
const here = new URL('.', import.meta.url).pathname
const cli = join(here, '../src/cli/main.ts')
const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-bench-'))

const start = async (args: readonly string[]) => (await startNode(args, { cwd: dir })).line

function configOf(name: string, upstream: string, more: string): string {
  const file = join(dir, `${name}.yaml`)
  writeFileSync(
    file,
    `providers: { up: { dialect: openai, base_url: "${upstream}/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: up, models: [small] } ], cache: { mode: write } } }
${more}
`,
  )
  return file
}

const gateway = (name: string, file: string) =>
  start([cli, 'serve', '--quiet', '--port', '0', '--config', file, '--data', join(dir, name)])

async function redis(): Promise<string | undefined> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir]
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  endWithBench(child)
  for await (const line of createInterface(child.stdout)) if (line.includes('Ready to accept')) break
  return `redis://127.0.0.1:${port}/0`
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

interface Place {
  readonly name: string
  readonly pool: Pool
  /** Which question is asked the n-th time. */
  readonly question: (at: number) => number
  /** What `x-adaptive-cache` must say. */
  readonly cache?: string
  /** Median of each round, ms. */
  readonly p50Ms: number[]
}

const place = (name: string, url: string, rest: Pick<Place, 'question' | 'cache'>): Place => ({
  name,
  pool: new Pool(url, { connections: 1 }),
  p50Ms: [],
  ...rest,
})

async function ask({ pool, name, cache }: Place, question: number): Promise<number> {
  const body = JSON.stringify({
    model: 'chat',
    temperature: 0,
    messages: [{ role: 'user', content: `${question} ${'x'.repeat(950)}` }],
  })
  const headers = { 'content-type': 'application/json' }
  const startMs = performance.now()
  const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body })
  await answer.body.arrayBuffer()
  const tookMs = performance.now() - startMs
  const said = answer.headers['x-adaptive-cache']
  if (answer.statusCode !== 200 || (cache !== undefined && said !== cache))
    throw new Error(`${name}: status ${answer.statusCode}, cache ${said}`)
  return tookMs
}

async function measureCache(upstream: string): Promise<string> {
  const store = await redis()
  const bare = await start([join(here, 'bare-proxy.ts'), upstream])
  const places = [
    place('direct', upstream, { question: () => 1 }),
    place('bare', bare, { question: () => 1 }),
  ]
  const one = await gateway('one', configOf('one', upstream, store ? `redis: { url: "${store}" }` : ''))
  places.push(place('memory', one, { question: () => 1, cache: 'hit' }))
  const questions = 50
  const filler = place('filler', one, { question: () => 0 })
  for (let at = 0; at < questions; at += 1) await ask(filler, at)
  await filler.pool.close()
  if (store) {
    // Its memory holds one answer, so that of many in turn none is found there.
    const only = configOf('two', upstream, `redis: { url: "${store}" }\ncache: { memory_entries: 1 }`)
    const two = await gateway('two', only)
    places.push(place('redis', two, { question: (at) => at % questions, cache: 'hit' }))
  }
  for (const each of places) for (let at = 0; at < 300; at += 1) await ask(each, each.question(at))
  for (let round = 0; round < rounds; round += 1)
    for (const each of places) {
      const tookMs: number[] = []
      for (let at = 0; at < perRound; at += 1) tookMs.push(await ask(each, each.question(at)))
      each.p50Ms.push(quantile(tookMs, 0.5))
    }
  for (const { pool } of places) await pool.close()
  const [direct, proxied, ...hits] = places
  const over = (hit: Place, other: Place | undefined, what: string) => added(hit, other?.p50Ms ?? [], what)
  return hits.flatMap((hit) => [over(hit, direct, 'direct_call'), over(hit, proxied, 'bare_proxy')]).join(' ')
}

/** Over the rounds: usually, and in the round in which other work on the machine was least in the way. */
function added({ name, p50Ms }: Place, otherMs: readonly number[], what: string): string {
  const addedMs = p50Ms.map((ms, round) => ms - (otherMs[round] ?? 0))
  const [usual, least] = [quantile(addedMs, 0.5), Math.min(...addedMs)].map((ms) => ms.toFixed(3))
  process.stdout.write(
    `${name}: a hit takes ${usual} ms more than a ${what.replace('_', ' ')} at the median, ${least} ms in the quietest round\n`,
  )
  return `${name}_hit_over_${what}_p50_ms=${usual}`
}

/** Of the command that starts, reads, asks and ends: ms of its run, by its own count. */
async function coldBatchMs(file: string): Promise<number> {
  const input = join(dir, 'cold.jsonl')
  const line = (at: number) => ({
    custom_id: `c${at}`,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'chat', messages: [{ role: 'user', content: `cold question ${at}` }] },
  })
  writeFileSync(input, [1, 2, 3, 4].map((at) => `${JSON.stringify(line(at))}\n`).join(''))
  const own = ['--out', join(dir, 'cold.out.jsonl'), '--json', '--concurrency', '4', '--config', file]
  const told = await start([cli, 'batch', 'run', input, ...own, '--data', join(dir, 'cold')])
  const { tookMs, isComplete, failed } = JSON.parse(told)
  if (!isComplete || failed > 0) throw new Error(told)
  return tookMs
}

async function measureBatches(): Promise<string> {
  const slow = await start([join(here, 'upstream.ts'), '1000'])
  const file = configOf('slow', slow, '')
  const url = await gateway('slow', file)
  const of4 = await batchSpeedUp(url, { lines: 4, workers: 4, rounds: 3 })
  const of100 = await batchSpeedUp(url, { lines: 100, workers: 20, rounds: 1 })
  const coldMs = await coldBatchMs(file)
  process.stdout.write(`four lines of 1,000 ms by a command that just started: ${coldMs} ms\n`)
  return `batch_speed_up_4=${of4.toFixed(2)} batch_speed_up_100_by_20=${of100.toFixed(2)}`
}

try {
  const upstream = await start([join(here, 'upstream.ts')])
  const told = [await measureCache(upstream), await measureBatches()]
  process.stdout.write(`${told.join(' ')}\n`)
} finally {
  await endChildren()
  rmSync(dir, { recursive: true, force: true })
}
