/** What holds between two runs of one scene: what must not matter does not. */

import type { Finding } from '../oracle/finding.ts'
import { type History, traceOf } from '../simulation/history.ts'
import type { Scene } from '../simulation/scene.ts'
import type { SimulateOptions } from '../simulation/simulate.ts'

export interface PairInvariant {
  readonly name: string
  readonly says: string
  /** The second run, or undefined where the scene has nothing to compare. */
  readonly again: (scene: Scene) => { readonly scene: Scene; readonly options: SimulateOptions } | undefined
  /** Makes equal what may differ. */
  readonly plain: (trace: string) => string
}

/** The first line in which two traces differ. */
export function firstDifference(
  one: History,
  other: History,
  plain: PairInvariant['plain'],
): readonly Finding[] {
  const [before, after] = [one, other].map((history) => plain(traceOf(history)).split('\n'))
  const at = before?.findIndex((line, place) => line !== after?.[place]) ?? -1
  if (at < 0) return []
  const note = one.notes[at]
  return [
    {
      atMs: note?.atMs ?? 0,
      ...(note && 'request' in note && note.request ? { request: note.request } : {}),
      says: `${before?.[at]?.slice(0, 200)} became ${after?.[at]?.slice(0, 200)}`,
    },
  ]
}

const i10: PairInvariant = {
  name: 'I10',
  says: 'The same seed gives the same trace, byte for byte.',
  again: (scene) => (scene.seed % 5 === 0 ? { scene, options: {} } : undefined),
  plain: (trace) => trace,
}

const i18: PairInvariant = {
  name: 'I18',
  says: 'Steps of the wall clock change nothing but time stamps.',
  again: (scene) =>
    scene.wallSteps.length > 0 && scene.seed % 3 === 0 ? { scene, options: { wallSteps: false } } : undefined,
  plain: (trace) => trace.replace(/"atUtc":"[^"]*"/g, ''),
}

const observer: PairInvariant = {
  name: 'I34',
  says: 'An observer that throws and a ledger that fails change nothing for callers.',
  again: (scene) => (scene.seed % 10 === 1 ? { scene, options: { throwingObserver: true } } : undefined),
  plain: (trace) => trace,
}

const always = [{ fromMs: 0, untilMs: Number.POSITIVE_INFINITY }]

const ledger: PairInvariant = {
  ...observer,
  again: (scene) =>
    scene.seed % 10 === 2 && scene.configs.every(({ config }) => config.ledger.mode === 'best-effort')
      ? { scene: { ...scene, ledger: { ...scene.ledger, outages: always } }, options: {} }
      : undefined,
  plain: (trace) => trace.replace(/"ok":(true|false)/g, ''),
}

export const ofPairs: readonly PairInvariant[] = [i10, i18, observer, ledger]
