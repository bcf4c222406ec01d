/** An invariant: a name, a sentence, and a function over what was seen of a run. */

import type { Config } from '../../../src/config/config.ts'
import type { Observed } from '../oracle/facts.ts'
import type { Finding } from '../oracle/finding.ts'
import { observe } from '../oracle/observe.ts'
import { type RequestStory, type Stories, tellStories } from '../oracle/stories.ts'
import type { History } from '../simulation/history.ts'
import { configAt } from '../simulation/scene.ts'

export interface Invariant {
  /** As in the design's list: `I7`. Those of our own begin with P. */
  readonly name: string
  /** What always holds. */
  readonly says: string
  readonly check: (run: Run) => readonly Finding[]
}

export interface Run {
  readonly history: History
  readonly stories: Stories
  readonly observed: Observed
}

export function runOf(history: History): Run {
  const stories = tellStories(history)
  return { history, stories, observed: observe(stories) }
}

/** Fake time has fractions; two sums of the same numbers may differ in the last places. */
export const dustMs = 0.001
/** Time that a step of the engine may take where nothing is waited for, ms. */
export const epsilonMs = 1

type Wrong = string | false | undefined

/** An invariant of each request by itself. */
export function perRequest(
  name: string,
  says: string,
  judge: (story: RequestStory, run: Run) => readonly Wrong[],
): Invariant {
  return {
    name,
    says,
    check: (run) =>
      [...run.stories.requests.values()].flatMap((story) =>
        findings(judge(story, run), { atMs: story.notes.at(-1)?.atMs ?? 0, request: story.scene.id }),
      ),
  }
}

/** An invariant of each of the facts that were observed. */
export function perFact<Fact>(
  name: string,
  says: string,
  rows: (run: Run) => readonly Fact[],
  judge: (fact: Fact, run: Run) => readonly Wrong[],
  place: (fact: Fact) => Omit<Finding, 'says'>,
): Invariant {
  return {
    name,
    says,
    check: (run) => rows(run).flatMap((fact) => findings(judge(fact, run), place(fact))),
  }
}

const findings = (wrongs: readonly Wrong[], place: Omit<Finding, 'says'>): readonly Finding[] =>
  wrongs.flatMap((wrong) => (wrong ? [{ ...place, says: wrong }] : []))

/** The configuration under which a request was taken. */
export const configOf = ({ history }: Run, { scene }: RequestStory): Config =>
  configAt(history.scene, scene.atMs)
