/** What speaks for a step being the one where it first went wrong, beside the findings themselves. */

import type { Spot, TraceView } from '../detectors/detector.ts'
import { unsupportedAssumption } from '../detectors/unsupported-assumption.ts'
import { freshShare } from '../fresh-figures.ts'

/** Each 0 to 1. */
export interface Signals {
  /** The first step that commits the work to a concrete attempt: it writes code. */
  readonly firstAttempt: number
  readonly opening: number
  /** A tool reports; it does not decide. */
  readonly toolReport: number
  /** The last step mostly repeats what went before. */
  readonly closing: number
  /** Runs below it said what it says. */
  readonly around: number
  readonly assumption: number
  readonly newFigures: number
  /** The surest finding of a fault at this step, wording aside. */
  readonly finding: number
}

export type SignalName = keyof Signals

export const signalSentences: Readonly<Record<SignalName, string>> = {
  firstAttempt: 'it is the first step that commits the work to a concrete attempt',
  opening: 'it opens the trace',
  toolReport: 'it only reports what a tool did',
  closing: 'it closes the trace',
  around: 'it holds other steps',
  assumption: 'it assumes what it should have found out',
  newFigures: 'it brings figures from nowhere',
  finding: 'a rule found a fault there',
}

export interface Found extends Spot {
  /** A hint does not decide where it began. */
  readonly isHint?: true
}

export function signalsOf(view: TraceView, found: readonly Found[]): readonly Signals[] {
  const { steps } = view
  const firstCode = steps.findIndex(({ said }) => said.includes('```'))
  const assumed = new Set(unsupportedAssumption.find(view).map(({ step }) => step))
  return steps.map((step, at) => ({
    firstAttempt: at === firstCode ? 1 : 0,
    opening: at === 0 ? 1 : 0,
    toolReport: step.kind === 'tool' ? 1 : 0,
    closing: at === steps.length - 1 ? 1 : 0,
    around: step.isAround ? 1 : 0,
    assumption: assumed.has(at) ? 1 : 0,
    newFigures: at === 0 ? 0 : freshShare(view, at),
    finding: Math.max(
      0,
      ...found
        .filter((one) => one.step === at && one.part === 'cause' && !one.isHint)
        .map(({ confidence }) => confidence),
    ),
  }))
}
