/** `npm run simulate -- --seeds N [--from S] [--jobs J]`, or one seed again: `--seed S [--trace] [--shrink]`. */

import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { judgeSeed, lineOf } from './judge.ts'
import { judgeMany } from './judge-many.ts'
import { shrink } from './shrink.ts'
import { drawScene } from './simulation/draw-scene.ts'
import { traceOf } from './simulation/history.ts'
import type { Scene } from './simulation/scene.ts'
import { simulate } from './simulation/simulate.ts'

const mostFailed = 10
const progressEveryMs = 2_000
const usage = `npm run simulate -- [--seeds N] [--from S] [--jobs J]   seeds S to S+N-1 (1000 from 1)
npm run simulate -- --seed S [--trace] [--shrink]       one seed: its trace, the least that breaks it
`

const { values } = read()
process.exitCode = values.seed === undefined ? await many() : await one(whole('seed', values.seed))

function read() {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string', default: '1000' },
        from: { type: 'string', default: '1' },
        jobs: { type: 'string', default: String(availableParallelism()) },
        seed: { type: 'string' },
        trace: { type: 'boolean', default: false },
        shrink: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${usage}`)
    process.exit(2)
  }
}

async function one(seed: number): Promise<number> {
  const scene = drawScene(seed)
  if (values.trace) process.stdout.write(`${traceOf(await simulate(scene))}\n`)
  const { broken } = await judgeSeed(seed)
  for (const line of broken.map(lineOf)) process.stderr.write(`${line}\n`)
  process.stderr.write(`seed ${seed} at commit ${commit()}: ${broken.length} findings\n`)
  const first = broken[0]
  if (first === undefined) return 0
  if (values.shrink) process.stdout.write(`${sceneText(await shrink(scene, first.invariant))}\n`)
  return 1
}

/** A scene for people: configurations are maps, which JSON does not show. */
const sceneText = (scene: Scene) =>
  JSON.stringify(scene, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value), 1)

async function many(): Promise<number> {
  const count = whole('seeds', values.seeds)
  const startedMs = performance.now()
  let toldMs = startedMs
  const progress = (done: number, failed: number) => {
    const perSecond = (done * 1_000) / (performance.now() - startedMs)
    return `${done} of ${count} seeds, ${failed} failed, ${perSecond.toFixed(0)} a second\n`
  }
  const { done, failed } = await judgeMany({
    from: whole('from', values.from),
    count,
    jobs: Math.max(1, whole('jobs', values.jobs)),
    mostFailed,
    onFailed(seed, lines) {
      process.stdout.write(`seed ${seed} at commit ${commit()}: npm run simulate -- --seed ${seed} --trace\n`)
      for (const line of lines.slice(0, 5)) process.stdout.write(`  ${line}\n`)
    },
    onProgress(done, failed) {
      if (performance.now() - toldMs < progressEveryMs) return
      toldMs = performance.now()
      process.stderr.write(progress(done, failed))
    },
  })
  process.stdout.write(progress(done, failed))
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
  if (text !== '' && Number.isInteger(value) && value >= 0) return value
  process.stderr.write(`--${name} takes a whole number, not ${JSON.stringify(text)}\n${usage}`)
  process.exit(2)
}
