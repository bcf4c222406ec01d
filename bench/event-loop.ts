/** `npm run bench:event-loop`: how late the gateway's event loop is while one client posts bodies of nearly 20 MB. */

import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { endChildren, startScript } from './children.ts'
import { withGateway } from './own-gateway.ts'

const kinds = ['text', 'cjk', 'image', 'messages']
const count = process.argv.includes('--quick') ? '5' : '15'

async function measure(address: string, kind: string): Promise<void> {
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  const loop = performance.eventLoopUtilization()
  const cpu = process.threadCpuUsage()
  const url = `${address}/v1/chat/completions`
  const { line } = await startScript('post-bodies.ts', [url, kind, '19', count])
  const sent: { bytes: number; statuses: number[]; eachMs: number } = JSON.parse(line)
  lag.disable()
  const { user, system } = process.threadCpuUsage(cpu)
  // What the thread was busy for, over what it really ran: what other processes took of the machine in between.
  const slowed = Math.max(1, performance.eventLoopUtilization(loop).active / ((user + system) / 1_000))
  const ms = (nanoseconds: number) => (nanoseconds / 1e6 - 5).toFixed(1)
  process.stdout.write(
    `${kind}: ${(sent.bytes / 1e6).toFixed(1)} MB, status ${sent.statuses}, ${sent.eachMs.toFixed(0)} ms each; lag p50 ${ms(lag.percentile(50))} ms, p99 ${ms(lag.percentile(99))} ms, max ${ms(lag.max)} ms, slowed ${slowed.toFixed(2)} times by other processes\n`,
  )
}

try {
  const { line: upstream } = await startScript('upstream.ts')
  const config = {
    server: { port: 0 },
    providers: { up: { dialect: 'openai', base_url: `${upstream}/v1`, keys: ['k'] } },
    routes: { chat: { targets: [{ provider: 'up', models: ['small'] }] } },
  }
  await withGateway(config, async (address) => {
    for (const kind of kinds) await measure(address, kind)
  })
} finally {
  await endChildren()
}
