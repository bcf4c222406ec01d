/** Writes a streamed answer as chat-completion chunks. */

import type { StreamWriter } from '../../../protocol/adapter.ts'
import type { StreamPart, Usage } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { writeFinish } from './finish.ts'
import { writeUsage } from './wire-usage.ts'
import { callState } from './write-reply.ts'

interface Head {
  id: string
  createdAtS: number
  model: string
}

/** What one choice has thought since its last opaque state, and the states so far, told with its finish. */
interface Thoughts {
  text: string
  readonly states: Record<string, unknown>[]
}

/**
 * `id` and `created` are those of the first start throughout; `model` is that of the latest.
 * With `usage`, the last usage seen goes out in a chunk without choices, before `[DONE]`.
 */
export const openWriter = ({ usage }: { readonly usage: boolean }): StreamWriter => new Writer(usage)

/** Has identity: writes one stream. A class, for one is made for every stream. */
class Writer implements StreamWriter {
  readonly #wantsUsage: boolean
  readonly #head: Head = { id: '', createdAtS: 0, model: '' }
  #choices: Map<number, Thoughts> | undefined
  #usage: Usage | undefined
  #isStarted = false
  #isSilent = false
  #facts: Readonly<Record<string, unknown>> | undefined

  constructor(wantsUsage: boolean) {
    this.#wantsUsage = wantsUsage
  }

  write(part: StreamPart): string {
    if (part.kind === 'adaptive') this.#facts = part.facts
    if (part.kind === 'start') {
      if (!this.#isStarted) Object.assign(this.#head, { id: part.id, createdAtS: part.createdAtS ?? 0 })
      this.#isStarted = true
      this.#head.model = part.model
      return this.#opened(0)
    }
    // What the provider's own text told is not told twice.
    if (part.kind === 'usage') this.#usage = this.#isSilent ? undefined : part.usage
    if (part.kind === 'end') {
      const counts = this.#wantsUsage && this.#usage ? this.#chunk([], this.#usage) : ''
      return `${counts}data: [DONE]\n\n`
    }
    if (!('choice' in part)) return ''
    const role = this.#opened(part.choice)
    const wire = writePart(part, this.#choices?.get(part.choice) ?? { text: '', states: [] })
    return wire === undefined ? role : role + this.#chunk([wire])
  }

  follow(part: StreamPart): void {
    if (part.kind === 'text' && this.#choices?.has(part.choice)) return
    this.#isSilent = true
    this.write(part)
    this.#isSilent = false
  }

  #chunk(wire: readonly Record<string, unknown>[], counts?: Usage): string {
    if (this.#isSilent) return ''
    const stated = counts ? writeUsage(counts) : this.#wantsUsage ? null : undefined
    const { id, createdAtS: created, model } = this.#head
    const isLast = wire.some((choice) => choice['finish_reason'] !== null)
    const adaptive = isLast ? this.#facts : undefined
    const body = {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices: wire,
      usage: stated,
      adaptive,
    }
    return `data: ${JSON.stringify(present(body))}\n\n`
  }

  #opened(choice: number): string {
    if (this.#choices?.has(choice)) return ''
    this.#choices ??= new Map()
    this.#choices.set(choice, { text: '', states: [] })
    return this.#chunk([writeChoice(choice, { role: 'assistant', content: '' })])
  }
}

function writeChoice(
  index: number,
  delta: Record<string, unknown>,
  rest?: { finish?: string; logprobs?: unknown },
): Record<string, unknown> {
  return { index, delta, logprobs: rest?.logprobs ?? null, finish_reason: rest?.finish ?? null }
}

function writePart(
  part: Extract<StreamPart, { choice: number }>,
  thoughts: Thoughts,
): Record<string, unknown> | undefined {
  const { choice } = part
  switch (part.kind) {
    case 'text':
      return writeChoice(choice, { content: part.text }, { logprobs: part.logprobs })
    case 'refusal':
      return writeChoice(choice, { refusal: part.text })
    case 'reasoning':
      thoughts.text += part.text
      return writeChoice(choice, { reasoning_content: part.text })
    case 'reasoning_state': {
      const { signature, redacted, from } = part
      thoughts.states.push(
        present({ index: thoughts.states.length, signature, redacted, text: thoughts.text, from }),
      )
      thoughts.text = ''
      return undefined
    }
    case 'tool_call': {
      const { call: index, id, name } = part
      const opening = {
        index,
        id,
        type: 'function',
        function: { name, arguments: '' },
        adaptive_state: callState(part),
      }
      return writeChoice(choice, { tool_calls: [present(opening)] })
    }
    case 'tool_arguments':
      return writeChoice(choice, { tool_calls: [{ index: part.call, function: { arguments: part.json } }] })
    case 'finish': {
      // States go out once and together: clients add deltas up in ways that would tear them apart.
      const delta = thoughts.states.length > 0 ? { adaptive_state: thoughts.states } : {}
      return writeChoice(choice, delta, { finish: writeFinish(part.reason) })
    }
  }
}
