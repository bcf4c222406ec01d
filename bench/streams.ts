/** `npm run bench:streams`: 1,000 streams of 200 tokens at 20 tokens/s, begun within 4 s, through the bare proxy and through the gateway: first with both just started, then in rounds that count. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { canPin, endChildren, startNode } from './children.ts'
import { quantile } from './load.ts'

const isQuick = process.argv.includes('--quick')
const streams = isQuick ? 200 : 1_000
const tokens = 200
const withinMs = 4_000
const rounds = isQuick ? 1 : 3
const here = new URL('.', import.meta.url).pathname
const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-bench-'))

/** Both proxies run on core 0; the provider and the load share the other. */
const start = async (core: 0 | 1, args: readonly string[]) => (await startNode(args, { cwd: dir, core })).line

interface Streamed {
  readonly firstMs: number
  readonly isWhole: boolean
}

const body = JSON.stringify({ model: 'chat', stream: true, messages: [{ role: 'user', content: 'Count.' }] })

async function stream(pool: Pool): Promise<Streamed> {
  const startMs = performance.now()
  const headers = { 'content-type': 'application/json' }
  const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body })
  let firstMs = 0
  const chunks: Buffer[] = []
  for await (const bytes of answer.body) {
    firstMs ||= performance.now() - startMs
    chunks.push(bytes)
  }
  const text = Buffer.concat(chunks).toString()
  const words = text.split('"content":"word "').length - 1
  return { firstMs, isWhole: words === tokens && text.endsWith('data: [DONE]\n\n') }
}

async function run(url: string): Promise<{ whole: number; p50: number; p95: number }> {
  const pool = new Pool(url, { connections: streams, bodyTimeout: 0, headersTimeout: 0 })
  const startMs = performance.now()
  const running = Array.from({ length: streams }, async (_, at) => {
    const dueMs = startMs + (at * withinMs) / streams
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())))
    return stream(pool).catch((): Streamed => ({ firstMs: Number.POSITIVE_INFINITY, isWhole: false }))
  })
  const ended = await Promise.all(running)
  await pool.close()
  const firsts = ended.map(({ firstMs }) => firstMs)
  return {
    whole: ended.filter(({ isWhole }) => isWhole).length,
    p50: quantile(firsts, 0.5),
    p95: quantile(firsts, 0.95),
  }
}

async function measure(): Promise<void> {
  if (canPin) spawnSync('taskset', ['-cp', '1', String(process.pid)])
  const upstream = await start(1, [join(here, 'slow-upstream.ts')])
  const bare = await start(0, [join(here, 'bare-proxy.ts'), upstream, String(streams)])
  const file = join(dir, 'bench.yaml')
  writeFileSync(
    file,
    `providers: { up: { dialect: openai, base_url: "${upstream}/v1", keys: [k] } }\nroutes: { chat: { targets: [ { provider: up, models: [small] } ] } }\n`,
  )
  const serve = ['serve', '--quiet', '--port', '0', '--config', file, '--data', join(dir, 'data')]
  const gateway = await start(0, [join(here, '../src/cli/main.ts'), ...serve])
  const ratios: number[] = []
  let lost = 0
  for (let round = 0; round <= rounds; round += 1) {
    const ofBare = await run(bare)
    const ours = await run(gateway)
    // Nothing is compiled yet in the first one.
    if (round > 0) ratios.push(ours.p95 / ofBare.p95)
    lost += streams - ours.whole
    for (const [name, { whole, p50, p95 }] of [
      ['bare', ofBare],
      ['gateway', ours],
    ] as const)
      process.stdout.write(
        `${round === 0 ? 'just started' : `round ${round}`}, ${name}: ${whole} of ${streams} whole, first token p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms\n`,
      )
  }
  if (!canPin) process.stdout.write('taskset is missing: the processes were not held to one core each\n')
  process.stdout.write(`streams_lost=${lost} first_token_p95_ratio=${quantile(ratios, 0.5).toFixed(3)}\n`)
}

try {
  await measure()
} finally {
  await endChildren()
  rmSync(dir, { recursive: true, force: true })
}
