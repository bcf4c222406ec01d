/** Runs one seed and holds every invariant against what was seen. */

import { allInvariants } from './invariants/all.ts'
import { runOf } from './invariants/invariant.ts'
import type { Finding } from './oracle/finding.ts'
import { drawScene } from './simulation/draw-scene.ts'
import { type SimulateOptions, simulate } from './simulation/simulate.ts'

export interface Broken extends Finding {
  readonly invariant: string
}

export async function judgeSeed(seed: number, options: SimulateOptions = {}): Promise<readonly Broken[]> {
  const run = runOf(await simulate(drawScene(seed), options))
  return allInvariants.flatMap(({ name, check }) =>
    check(run).map((finding) => ({ invariant: name, ...finding })),
  )
}

export const lineOf = ({ invariant, atMs, request, says }: Broken) =>
  `${invariant} at ${atMs} ms${request ? ` (${request})` : ''}: ${says}`
