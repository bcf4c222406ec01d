/** Runs one seed and holds every invariant against what was seen. */

import { allInvariants } from './invariants/all.ts'
import { runOf } from './invariants/invariant.ts'
import { firstDifference, ofPairs } from './invariants/of-pairs.ts'
import type { Finding } from './oracle/finding.ts'
import { drawScene } from './simulation/draw-scene.ts'
import type { History } from './simulation/history.ts'
import type { Scene } from './simulation/scene.ts'
import { type Replaced, simulate } from './simulation/simulate.ts'

export interface Broken extends Finding {
  readonly invariant: string
}

export interface Judgement {
  readonly history: History
  readonly broken: readonly Broken[]
}

/** `replaced` makes the parts that are to be wrong, anew for each run. */
export const judgeSeed = (seed: number, replaced?: () => Replaced): Promise<Judgement> =>
  judgeScene(drawScene(seed), replaced)

export async function judgeScene(scene: Scene, replaced: () => Replaced = () => ({})): Promise<Judgement> {
  const history = await simulate(scene, replaced())
  const run = runOf(history)
  const broken = allInvariants.flatMap(({ name, check }) =>
    check(run).map((finding) => ({ invariant: name, ...finding })),
  )
  for (const { name, again, plain } of ofPairs) {
    const other = again(scene)
    if (other === undefined) continue
    const second = await simulate(other.scene, { ...replaced(), ...other.options })
    const found = firstDifference(history, second, plain)
    broken.push(...found.map((finding) => ({ invariant: name, ...finding })))
  }
  return { history, broken }
}

export const lineOf = ({ invariant, atMs, request, says }: Broken) =>
  `${invariant} at ${atMs} ms${request ? ` (${request})` : ''}: ${says}`
