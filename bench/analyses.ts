/** `npm run bench:analyses`: how late the gateway's event loop is, and how large it grows, while large traces are posted and analysed beside chats. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { openGateway } from '../src/cli/open-gateway.ts'
import { readConfig } from '../src/config/read-config.ts'

const rows: readonly (readonly [kind: string, megabytes: string, model?: string])[] = process.argv.includes(
  '--largest',
)
  ? [['long', '1020']]
  : [
      ['runs', '19'],
      ['tiny', '19'],
      ['runs', '19', 'p0/analyst'],
      ['long', '200'],
    ]
const here = new URL('.', import.meta.url).pathname
const children: ChildProcess[] = []

/** First line of a child's output. */
function run(script: string, args: readonly string[]): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(here, script), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(child)
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
    createInterface(child.stdout).once('line', resolve)
  })
}

/** The longest stretch of this thread's own work between two ticks, by its processor time: what other processes take is not counted. */
function watchOwnWork(): () => number {
  const usedMs = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let before = usedMs()
  let most = 0
  const look = () => {
    const now = usedMs()
    most = Math.max(most, now - before)
    before = now
  }
  const timer = setInterval(look, 5)
  return () => {
    look()
    clearInterval(timer)
    return most
  }
}

async function measure(address: string, [kind, megabytes, model = '']: (typeof rows)[number]): Promise<void> {
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  const held = watchOwnWork()
  const sent: Record<string, number> & { readonly status: string } = JSON.parse(
    await run('post-trace.ts', [address, kind, megabytes, model]),
  )
  const heldMs = held()
  lag.disable()
  const ms = (nanoseconds: number) => (nanoseconds / 1e6 - 5).toFixed(1)
  const { bytes = 0, takenMs = 0, allMs = 0, answered = 0, chats = 0, chatP50Ms = 0, chatP99Ms = 0 } = sent
  process.stdout.write(
    `${kind}${model ? ' with SIMULATED model' : ''}: ${(bytes / 1e6).toFixed(1)} MB ${sent.status}, taken in ${(takenMs / 1e3).toFixed(1)} s, analysed in ${(allMs / 1e3).toFixed(1)} s, answer ${(answered / 1e6).toFixed(1)} MB; held for ${heldMs.toFixed(0)} ms at most, lag p99 ${ms(lag.percentile(99))} ms, max ${ms(lag.max)} ms; ${chats} chats beside, p50 ${chatP50Ms.toFixed(1)} ms, p99 ${chatP99Ms.toFixed(1)} ms; ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most so far\n`,
  )
}

process.env['TPM_LIMIT'] = '50000000'
const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-bench-'))
const upstream = await run('analyst.ts', [])
const text = JSON.stringify({
  server: { port: 0, body_limit_bytes: 1_073_741_824 },
  providers: {
    p0: { dialect: 'openai', base_url: `${upstream}/v1`, keys: ['k'], models: ['analyst'], simulated: true },
  },
})
const config = readConfig({ text, file: 'bench.yaml', env: {} })
if (!config.ok) throw new Error(JSON.stringify(config.fault))
const gateway = await openGateway({ config: config.value, dataDir: dir })
if (!gateway.ok) throw new Error(gateway.fault)
try {
  for (const row of rows) await measure(gateway.value.address, row)
} finally {
  await gateway.value.close()
  for (const child of children) child.kill()
  rmSync(dir, { recursive: true, force: true })
}
