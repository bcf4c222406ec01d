/** Each rule on synthetic traces with planted faults: how often it is right, and how much of what was planted it finds. */

import { detectors } from '../../src/refinery/detectors/all.ts'
import { findFailures } from '../../src/refinery/find-failures.ts'
import { readTrace } from '../../src/refinery/import/read-trace.ts'
import { plants } from '../../src/sandbox/traces/plants.ts'
import { syntheticTrace } from '../../src/sandbox/traces/synthetic-trace.ts'
import { messageShapes } from '../../src/sandbox/traces/write-langsmith.ts'
import { wilson } from '../../src/stats/shares.ts'

const seeds = 10
const formats = [...messageShapes.slice(0, 7), 'langfuse', 'otlp'] as const

interface Tally {
  readonly planted: number
  readonly found: number
  readonly said: number
  readonly right: number
}

/** A finding in the planted turn is right, whoever's fault was planted there: one fault may break several rules. */
export function printPlanted(print: (text: string) => void): void {
  const tallies = new Map<string, Tally>(
    detectors.map(({ id }) => [id, { planted: 0, found: 0, said: 0, right: 0 }]),
  )
  const count = (id: string, more: Partial<Tally>) => {
    const { planted, found, said, right } = tallies.get(id) ?? { planted: 0, found: 0, said: 0, right: 0 }
    tallies.set(id, {
      planted: planted + (more.planted ?? 0),
      found: found + (more.found ?? 0),
      said: said + (more.said ?? 0),
      right: right + (more.right ?? 0),
    })
  }
  let healthy = 0
  let alarms = 0
  for (const format of formats)
    for (let seed = 1; seed <= seeds; seed += 1) {
      healthy += 1
      if (findingsIn({ runs: 14, seed, format }).findings.length > 0) alarms += 1
      for (const { detector: plant } of plants) {
        const { findings, answer } = findingsIn({ runs: 14, seed, format, plant })
        if (!answer) continue
        const isFound = findings.some(({ detector, runId }) => detector === plant && runId === answer.runId)
        count(plant, { planted: 1, found: isFound ? 1 : 0 })
        for (const { detector, runId } of findings)
          count(detector, { said: 1, right: answer.turnRunIds.includes(runId) ? 1 : 0 })
      }
    }
  print(
    `\nSynthetic traces with planted faults (14 runs, ${formats.length} formats, ${seeds} seeds; rules and traces have the same authors, and seeds change little):`,
  )
  print(`  healthy traces with any finding: ${alarms} of ${healthy}`)
  for (const [id, { planted, found, said, right }] of tallies)
    print(`  ${id.padEnd(24)} precision ${ratio(right, said)}  recall ${ratio(found, planted)}`)
}

function findingsIn(options: Parameters<typeof syntheticTrace>[0]) {
  const made = syntheticTrace(options)
  const read = readTrace(JSON.stringify(made?.trace))
  const findings = read.ok ? findFailures(read.value.runs).findings : []
  return { findings, answer: made?.answer }
}

function ratio(hits: number, of: number): string {
  const { low, high } = wilson({ hits, of: Math.max(1, of) })
  return `${hits}/${of} [${low.toFixed(2)}, ${high.toFixed(2)}]`
}
