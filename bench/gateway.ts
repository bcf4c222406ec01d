/** `npm run bench`: the gateway beside a bare proxy, in one run on one machine; the last line holds the ratios. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canPin, endChildren, startNode } from './children.ts'
import { askOften, latencies, median, quantile, throughput } from './load.ts'

const isQuick = process.argv.includes('--quick')
const rounds = isQuick ? 3 : 7
const forMs = isQuick ? 2_500 : 5_000
/** Both have their turns within a round, for the machine is not equally quick all the time. */
const turns = 5
/** Both are measured once what they run often has been compiled. */
const warmUpMs = isQuick ? 6_000 : 12_000
const here = new URL('.', import.meta.url).pathname
const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-bench-'))

/** Both proxies run on core 0; the provider and the load share the other. */
async function start(core: 0 | 1, args: readonly string[]): Promise<{ url: string; pid: number }> {
  const { line, pid } = await startNode(args, { cwd: dir, core })
  return { url: line, pid }
}

function memoryMb(pid: number): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1_024
}

function startGateway(config: string, data: string): Promise<{ url: string; pid: number }> {
  const serve = ['serve', '--quiet', '--port', '0', '--config', config, '--data', join(dir, data)]
  return start(0, [join(here, '../src/cli/main.ts'), ...serve])
}

/** Resident memory of a new gateway after 100,000 requests, as a multiple of that after 10,000. */
async function memoryGrowth(config: string): Promise<number> {
  const { url, pid } = await startGateway(config, 'grown')
  await askOften(url, 10_000)
  const earlyMb = memoryMb(pid)
  await askOften(url, 90_000)
  const lateMb = memoryMb(pid)
  process.stdout.write(
    `resident memory after 10,000 requests ${earlyMb.toFixed(0)} MB, after 100,000 ${lateMb.toFixed(0)} MB\n`,
  )
  return lateMb / earlyMb
}

async function measure(): Promise<void> {
  if (canPin) spawnSync('taskset', ['-cp', '1', String(process.pid)])
  const upstream = await start(1, [join(here, 'upstream.ts')])
  const bare = await start(0, [join(here, 'bare-proxy.ts'), upstream.url])
  const file = join(dir, 'bench.yaml')
  writeFileSync(
    file,
    `providers: { up: { dialect: openai, base_url: "${upstream.url}/v1", keys: [k] } }\nroutes: { chat: { targets: [ { provider: up, models: [small] } ] } }\n`,
  )
  const gateway = await startGateway(file, 'data')
  for (const { url } of [bare, gateway]) await throughput({ url, forMs: warmUpMs })
  const ratios: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    let bareRate = 0
    let ourRate = 0
    for (let turn = 0; turn < turns; turn += 1) {
      bareRate += (await throughput({ url: bare.url, forMs: forMs / turns })) / turns
      ourRate += (await throughput({ url: gateway.url, forMs: forMs / turns })) / turns
    }
    ratios.push(ourRate / bareRate)
    process.stdout.write(
      `round ${round}: bare ${Math.round(bareRate)}/s, gateway ${Math.round(ourRate)}/s, ratio ${(ourRate / bareRate).toFixed(3)}\n`,
    )
  }
  const bareMs = await latencies({ url: bare.url, forMs }, 500)
  const ourMs = await latencies({ url: gateway.url, forMs }, 500)
  const bareFirstMs = await latencies({ url: bare.url, forMs, stream: true }, 100)
  const ourFirstMs = await latencies({ url: gateway.url, forMs, stream: true }, 100)
  const figures = {
    throughput_ratio: median(ratios),
    added_p50_ms: median(ourMs) - median(bareMs),
    added_p99_ratio: quantile(ourMs, 0.99) / quantile(bareMs, 0.99),
    ttft_added_p50_ms: median(ourFirstMs) - median(bareFirstMs),
    rss_mb: memoryMb(gateway.pid),
    // Takes longer than all of a quick run.
    ...(isQuick ? {} : { rss_growth: await memoryGrowth(file) }),
  }
  if (!canPin) process.stdout.write('taskset is missing: the threads were not held to one core\n')
  process.stdout.write(
    `${Object.entries(figures)
      .map(([name, value]) => `${name}=${value.toFixed(3)}`)
      .join(' ')}\n`,
  )
}

try {
  await measure()
} finally {
  await endChildren()
  rmSync(dir, { recursive: true, force: true })
}
