/** `npm run simulate -- --seeds N [--from S]`, or one seed again: `--seed S [--trace]`. */

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { judgeSeed, lineOf } from './judge.ts'
import { drawScene } from './simulation/draw-scene.ts'
import { traceOf } from './simulation/history.ts'
import { simulate } from './simulation/simulate.ts'

const mostFailures = 10

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

process.exitCode = values.seed === undefined ? await many() : await one(whole('seed', values.seed))

async function one(seed: number): Promise<number> {
  if (values.trace) process.stdout.write(`${traceOf(await simulate(drawScene(seed)))}\n`)
  const { broken } = await judgeSeed(seed)
  for (const line of broken.map(lineOf)) process.stderr.write(`${line}\n`)
  process.stderr.write(`seed ${seed}: ${broken.length} findings\n`)
  return broken.length === 0 ? 0 : 1
}

async function many(): Promise<number> {
  const from = whole('from', values.from)
  const count = whole('seeds', values.seeds)
  const startedMs = performance.now()
  let failed = 0
  let toldMs = startedMs
  const progress = (done: number) => {
    const perSecond = done / ((performance.now() - startedMs) / 1_000)
    return `${done} of ${count} seeds, ${failed} failed, ${perSecond.toFixed(0)} a second`
  }
  for (let done = 0; done < count && failed < mostFailures; done += 1) {
    const seed = from + done
    const { broken } = await judgeSeed(seed)
    if (broken.length > 0) {
      failed += 1
      process.stdout.write(`seed ${seed} at commit ${commit()}: npm run simulate -- --seed ${seed} --trace\n`)
      for (const line of broken.slice(0, 5).map(lineOf)) process.stdout.write(`  ${line}\n`)
    }
    if (performance.now() - toldMs < 2_000) continue
    toldMs = performance.now()
    process.stderr.write(`${progress(done + 1)}\n`)
  }
  process.stdout.write(`${progress(count)}\n`)
  return failed === 0 ? 0 : 1
}

function commit(): string {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
    encoding: 'utf8',
  })
  return stdout?.trim() || 'unknown'
}

function whole(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  process.stderr.write(`--${name} takes a whole number, not ${JSON.stringify(text)}\n`)
  process.exit(2)
}
