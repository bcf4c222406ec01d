/** A failed trace held against one that went well: the steps in common, and where they first part. */

import type { Comparison, StepDifference, StepSide } from '../analysis.ts'
import type { Step } from '../step.ts'
import { excerpt } from '../text-facts.ts'

export interface Compared {
  readonly traceId: string
  readonly steps: readonly Step[]
}

/** More steps than this are compared in order only: the table of the alignment would grow with the product. */
const mostAligned = 2_000

export function compareTraces(good: Compared, failed: Compared): Comparison {
  const pairs = align(good.steps, failed.steps)
  return {
    goodTraceId: good.traceId,
    goodSteps: good.steps.length,
    failedSteps: failed.steps.length,
    aligned: pairs.filter(([one, other]) => one && other).length,
    differences: pairs.flatMap(([one, other]) => differencesOf(one, other)),
  }
}

type Pair = readonly [good: Step | undefined, failed: Step | undefined]

const same = (one: Step, other: Step) => one.agent === other.agent && one.kind === other.kind

/** The longest common subsequence of who acts, by dynamic programming. */
function align(good: readonly Step[], failed: readonly Step[]): readonly Pair[] {
  if (good.length > mostAligned || failed.length > mostAligned)
    return failed.map((step, at): Pair => [good[at], step])
  const width = failed.length + 1
  const lengths = new Uint16Array((good.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = good.length - 1; i >= 0; i -= 1)
    for (let j = failed.length - 1; j >= 0; j -= 1) {
      const [one, other] = [good[i], failed[j]]
      lengths[i * width + j] =
        one && other && same(one, other) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  const pairs: Pair[] = []
  let [i, j] = [0, 0]
  while (i < good.length || j < failed.length) {
    const [one, other] = [good[i], failed[j]]
    if (one && other && same(one, other)) {
      pairs.push([one, other])
      i += 1
      j += 1
    } else if (other === undefined || (one && at(i + 1, j) >= at(i, j + 1))) {
      pairs.push([one, undefined])
      i += 1
    } else {
      pairs.push([undefined, other])
      j += 1
    }
  }
  return pairs
}

function differencesOf(good: Step | undefined, failed: Step | undefined): readonly StepDifference[] {
  if (!good || !failed)
    return [
      {
        kind: good ? 'missing' : 'extra',
        ...(good ? { good: sideOf(good, good.said) } : {}),
        ...(failed ? { failed: sideOf(failed, failed.said) } : {}),
      },
    ]
  const differ = (kind: 'instructions' | 'status' | 'said' | 'calls', text: (step: Step) => string) =>
    text(good) === text(failed)
      ? []
      : [{ kind, good: sideOf(good, text(good)), failed: sideOf(failed, text(failed)) }]
  const instructions = differ('instructions', (step) => step.instructions)
  const status = differ('status', (step) => step.error ?? '')
  const calls = differ('calls', (step) => step.calls.map(({ name }) => name).join(', '))
  const said = good.isAround || calls.length > 0 ? [] : differ('said', (step) => step.said.trim())
  return [...instructions, ...status, ...calls, ...said]
}

const sideOf = ({ index, runId, agent }: Step, text: string): StepSide => ({
  step: index + 1,
  runId,
  agent,
  text: excerpt(text, 240),
})
