/** Gives a stream out at a pace: whole sentences, or pieces as they come, with a pause between them. */

import type { Clock } from '../../base/clock.ts'
import type { StopSignal } from '../../base/stop-signal.ts'
import type { PaceConfig } from '../../config/config.ts'
import type { StreamPart } from '../../protocol/reply.ts'
import { wholeSentences } from '../policy/sentences.ts'
import type { Answer, Chunk } from './engine-port.ts'

export interface PaceParts {
  readonly pace: PaceConfig
  readonly clock: Clock
  /** Once it aborts nothing is waited for. */
  readonly signal: StopSignal
}

/** The same answer; the bytes of a paced stream are written anew instead of relayed. */
export function atPace(answer: Answer, { pace, ...parts }: PaceParts): Answer {
  if (answer.kind !== 'stream') return answer
  return { ...answer, chunks: paced(answer.chunks, { pace, ...parts }) }
}

async function* paced(
  chunks: AsyncIterable<Chunk>,
  { pace, clock, signal }: PaceParts,
): AsyncGenerator<Chunk, void> {
  const speech = openSpeech(pace)
  let dueMs = Number.NEGATIVE_INFINITY
  for await (const { parts } of chunks)
    for (const part of parts.flatMap((given) => speech.hear(given))) {
      if (part.kind === 'text') {
        const waitMs = dueMs - clock.monoMs()
        if (waitMs > 0) await clock.sleep(waitMs, signal)
        dueMs = clock.monoMs() + pace.everyMs
      }
      yield { parts: [part] }
    }
}

/** Holds text back until its sentence is whole; whatever else is told lets go of all that is held. */
function openSpeech({ by }: PaceConfig): { hear(part: StreamPart): readonly StreamPart[] } {
  const held = new Map<number, string>()
  const letGo = (): StreamPart[] => {
    const parts = [...held].map(([choice, text]): StreamPart => ({ kind: 'text', choice, text }))
    held.clear()
    return parts
  }
  return {
    hear(part) {
      // Probabilities belong to the very pieces they came with.
      if (part.kind !== 'text' || part.logprobs !== undefined) return [...letGo(), part]
      if (by === 'piece') return [part]
      const { choice } = part
      const { whole, rest } = wholeSentences((held.get(choice) ?? '') + part.text)
      if (rest === '') held.delete(choice)
      else held.set(choice, rest)
      return whole.map((text) => ({ kind: 'text', choice, text }))
    },
  }
}
