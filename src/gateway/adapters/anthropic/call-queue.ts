/** Puts streamed tool calls one behind the other: only one block may be open, and some providers write several at once. */

import { parseJson } from '../../../base/text.ts'
import type { StreamPart } from '../../../protocol/reply.ts'

type Opening = Extract<StreamPart, { kind: 'tool_call' }>
type Arguments = Extract<StreamPart, { kind: 'tool_arguments' }>
export type CallPart = Opening | Arguments

export interface CallQueue {
  /** What can be told now; the arguments of a call always follow its opening directly. */
  push(part: CallPart): readonly CallPart[]
  /** All that waits: nothing more comes for the call that is open. */
  flush(): readonly CallPart[]
}

interface Held {
  readonly opening: Opening
  json: string
}

export function openCallQueue(): CallQueue {
  /** The call that is being told, with its arguments so far. */
  let told: Held | undefined
  let waiting: Held[] = []

  const isWhole = ({ json }: Held) => parseJson(json) !== undefined
  const tell = (next: Held): readonly CallPart[] => {
    const { opening, json } = next
    told = next
    const { choice, call } = opening
    return json === '' ? [opening] : [opening, { kind: 'tool_arguments', choice, call, json }]
  }
  const advance = (): readonly CallPart[] => {
    const parts: CallPart[] = []
    while (told && isWhole(told)) {
      const next = waiting.shift()
      if (next === undefined) break
      parts.push(...tell(next))
    }
    return parts
  }
  return {
    push(part) {
      if (part.kind === 'tool_call') {
        const next = { opening: part, json: '' }
        if (told === undefined || (waiting.length === 0 && isWhole(told))) return tell(next)
        waiting.push(next)
        return []
      }
      if (told?.opening.call === part.call) {
        told.json += part.json
        return waiting.length > 0 ? [part, ...advance()] : [part]
      }
      const held = waiting.find(({ opening }) => opening.call === part.call)
      if (held) held.json += part.json
      return []
    },
    flush() {
      const rest = waiting
      waiting = []
      return rest.flatMap(tell)
    },
  }
}
