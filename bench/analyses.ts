/** `npm run bench:analyses`: how late the gateway's event loop is, and how large it grows, while large traces are posted and analysed beside chats. */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { endChildren, startScript } from './children.ts'
import { withGateway } from './own-gateway.ts'
import { watchOwnWork } from './own-work.ts'

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

async function measure(address: string, [kind, megabytes, model = '']: (typeof rows)[number]): Promise<void> {
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  const held = watchOwnWork()
  const { line } = await startScript('post-trace.ts', [address, kind, megabytes, model])
  const sent: Record<string, number> & { readonly status: string } = JSON.parse(line)
  const heldMs = held()
  lag.disable()
  const ms = (nanoseconds: number) => (nanoseconds / 1e6 - 5).toFixed(1)
  const { bytes = 0, takenMs = 0, allMs = 0, answered = 0, chats = 0, chatP50Ms = 0, chatP99Ms = 0 } = sent
  process.stdout.write(
    `${kind}${model ? ' with SIMULATED model' : ''}: ${(bytes / 1e6).toFixed(1)} MB ${sent.status}, taken in ${(takenMs / 1e3).toFixed(1)} s, analysed in ${(allMs / 1e3).toFixed(1)} s, answer ${(answered / 1e6).toFixed(1)} MB; held for ${heldMs.toFixed(0)} ms at most, lag p99 ${ms(lag.percentile(99))} ms, max ${ms(lag.max)} ms; ${chats} chats beside, p50 ${chatP50Ms.toFixed(1)} ms, p99 ${chatP99Ms.toFixed(1)} ms; ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most so far\n`,
  )
}

process.env['TPM_LIMIT'] = '50000000'
try {
  const { line: upstream } = await startScript('analyst.ts')
  const p0 = {
    dialect: 'openai',
    base_url: `${upstream}/v1`,
    keys: ['k'],
    models: ['analyst'],
    simulated: true,
  }
  const config = { server: { port: 0, body_limit_bytes: 1_073_741_824 }, providers: { p0 } }
  await withGateway(config, async (address) => {
    for (const row of rows) await measure(address, row)
  })
} finally {
  await endChildren()
}
