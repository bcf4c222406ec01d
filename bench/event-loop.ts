/** `npm run bench:event-loop`: how late the gateway's event loop is while one client posts bodies of nearly 20 MB. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { openGateway } from '../src/cli/open-gateway.ts'
import { readConfig } from '../src/config/read-config.ts'

const kinds = ['text', 'cjk', 'image', 'messages']
const count = process.argv.includes('--quick') ? '5' : '15'
const here = new URL('.', import.meta.url).pathname
const children: ChildProcess[] = []

/** First line of a child's output. */
function run(script: string, args: readonly string[]): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(here, script), ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  children.push(child)
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
    createInterface(child.stdout).once('line', resolve)
  })
}

async function measure(address: string, kind: string): Promise<void> {
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  const loop = performance.eventLoopUtilization()
  const cpu = process.threadCpuUsage()
  const sent: { bytes: number; statuses: number[]; eachMs: number } = JSON.parse(
    await run('post-bodies.ts', [`${address}/v1/chat/completions`, kind, '19', count]),
  )
  lag.disable()
  const { user, system } = process.threadCpuUsage(cpu)
  // What the thread was busy for, over what it really ran: what other processes took of the machine in between.
  const slowed = Math.max(1, performance.eventLoopUtilization(loop).active / ((user + system) / 1_000))
  const ms = (nanoseconds: number) => (nanoseconds / 1e6 - 5).toFixed(1)
  process.stdout.write(
    `${kind}: ${(sent.bytes / 1e6).toFixed(1)} MB, status ${sent.statuses}, ${sent.eachMs.toFixed(0)} ms each; lag p50 ${ms(lag.percentile(50))} ms, p99 ${ms(lag.percentile(99))} ms, max ${ms(lag.max)} ms, slowed ${slowed.toFixed(2)} times by other processes\n`,
  )
}

const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-bench-'))
const upstream = await run('upstream.ts', [])
const text = JSON.stringify({
  server: { port: 0 },
  providers: { up: { dialect: 'openai', base_url: `${upstream}/v1`, keys: ['k'] } },
  routes: { chat: { targets: [{ provider: 'up', models: ['small'] }] } },
})
const config = readConfig({ text, file: 'bench.yaml', env: {} })
if (!config.ok) throw new Error(JSON.stringify(config.fault))
const gateway = await openGateway({ config: config.value, dataDir: dir })
if (!gateway.ok) throw new Error(gateway.fault)
try {
  for (const kind of kinds) await measure(gateway.value.address, kind)
} finally {
  await gateway.value.close()
  for (const child of children) child.kill()
  rmSync(dir, { recursive: true, force: true })
}
