/** An invariant: a name, a sentence, and a function over what was seen of a run. */

import type { Finding } from '../oracle/finding.ts'
import { type RequestStory, type Stories, tellStories } from '../oracle/stories.ts'
import type { History } from '../simulation/history.ts'

export interface Invariant {
  /** As in the design's list: `I7`. Those of our own begin with another letter. */
  readonly name: string
  /** What always holds. */
  readonly says: string
  readonly check: (run: Run) => readonly Finding[]
}

export interface Run {
  readonly history: History
  readonly stories: Stories
}

export const runOf = (history: History): Run => ({ history, stories: tellStories(history) })

/** Time that a step of the engine may take where nothing is waited for; fake time passes in waits alone. */
export const epsilonMs = 1

/** An invariant of each request by itself. */
export function perRequest(
  name: string,
  says: string,
  judge: (story: RequestStory, run: Run) => readonly (string | false | undefined)[],
): Invariant {
  return {
    name,
    says,
    check: (run) =>
      [...run.stories.requests.values()].flatMap((story) =>
        judge(story, run).flatMap((wrong) =>
          wrong ? [{ atMs: story.notes.at(-1)?.atMs ?? 0, request: story.scene.id, says: wrong }] : [],
        ),
      ),
  }
}
