/** Puts the tool calls of one streamed choice together, though their indexes or ids may be missing or wrong. */

import { isRecord, parseJson } from '../../../base/text.ts'
import type { StreamPart } from '../../../protocol/reply.ts'
import { filled, present } from '../present.ts'
import { readStates } from './read-content.ts'

interface OpenCall {
  readonly call: number
  readonly wireIndex: number | undefined
  id: string | undefined
  name: string
  json: string
  isAnnounced: boolean
  state: Pick<Extract<StreamPart, { kind: 'tool_call' }>, 'signature' | 'from'>
}

/** Has identity: the calls of one choice. A class, for one is made for every stream. */
export class OpenCalls {
  readonly #choice: number
  readonly #calls: OpenCall[] = []
  #isOdd = false

  constructor(choice: number) {
    this.#choice = choice
  }

  /** The parts of one delta, or what is wrong with it. */
  push(delta: unknown): readonly StreamPart[] | string {
    if (!isRecord(delta)) return 'A tool call is not an object.'
    const calls = this.#calls
    const fn = isRecord(delta['function']) ? delta['function'] : {}
    const name = filled(fn['name'])
    const id = filled(delta['id'])
    const wireIndex = typeof delta['index'] === 'number' ? delta['index'] : undefined
    let call = find(calls, { id, name, wireIndex })
    this.#isOdd ||= isMisread(calls, call, { fn, wireIndex })
    const parts: StreamPart[] = []
    if (call === undefined) {
      parts.push(...this.flush())
      call = { call: calls.length, wireIndex, id, name: '', json: '', isAnnounced: false, state: {} }
      calls.push(call)
    }
    if (!addName(call, name)) return `Tool call ${call.call} changes its name after its arguments began.`
    call.id ??= id
    const [state] = readStates(delta['adaptive_state'])
    if (state?.signature) call.state = { signature: state.signature, from: state.from }
    return [...parts, ...this.#goOn(call, argumentsText(fn['arguments']))]
  }

  /** Announces what is still held back. */
  flush(): readonly StreamPart[] {
    return this.#calls.flatMap((call) => announce(this.#choice, call))
  }

  /** What is wrong with the calls if no more comes; undefined where every one is whole. */
  flaw(): string | undefined {
    return this.#calls.map(flawOf).find((flaw) => flaw !== undefined)
  }

  count(): number {
    return this.#calls.length
  }

  /** A delta came in a form that many callers put together wrongly. */
  isOdd(): boolean {
    return this.#isOdd
  }

  #goOn(call: OpenCall, json: string): readonly StreamPart[] {
    if (json === '') return []
    call.json += json
    const wasAnnounced = call.isAnnounced
    const parts = announce(this.#choice, call)
    const text = wasAnnounced ? json : call.json
    if (call.isAnnounced)
      parts.push({ kind: 'tool_arguments', choice: this.#choice, call: call.call, json: text })
    return parts
  }
}

interface Delta {
  readonly fn: Readonly<Record<string, unknown>>
  readonly wireIndex: number | undefined
}

/** Callers go by the index alone, and add names and arguments up as texts. */
function isMisread(
  calls: readonly OpenCall[],
  call: OpenCall | undefined,
  { fn, wireIndex }: Delta,
): boolean {
  const place = call?.call ?? calls.length
  const isRepeated = call?.isAnnounced === true && filled(fn['name']) !== undefined
  return wireIndex !== place || isRepeated || typeof (fn['arguments'] ?? '') !== 'string'
}

interface Key {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly wireIndex: number | undefined
}

/** The call a delta goes on with; undefined where it begins a new one. */
function find(calls: readonly OpenCall[], key: Key): OpenCall | undefined {
  const sameId = key.id === undefined ? undefined : calls.find((call) => call.id === key.id)
  if (sameId) return sameId
  const begins = key.name !== undefined
  const last = calls.at(-1)
  if (key.wireIndex === undefined) return begins || key.id !== undefined ? undefined : last
  const sameIndex = calls.findLast((call) => call.wireIndex === key.wireIndex)
  if (sameIndex === undefined) return begins || key.id !== undefined ? undefined : last
  // A second id with a name at the same index is another call: some servers number every call 0.
  const isOther = begins && key.id !== undefined && sameIndex.id !== undefined
  return isOther ? undefined : sameIndex
}

/** False where a name goes on after it was told. A repeated name is no continuation. */
function addName(call: OpenCall, piece: string | undefined): boolean {
  if (piece === undefined || piece === call.name) return true
  if (call.isAnnounced) return false
  call.name += piece
  return true
}

/** A name may come in pieces, so a call is told with its first arguments, the next call, or the finish. */
function announce(choice: number, call: OpenCall): StreamPart[] {
  if (call.isAnnounced || call.name === '') return []
  call.isAnnounced = true
  const { name, state } = call
  return [
    present({
      kind: 'tool_call',
      choice,
      call: call.call,
      id: call.id ?? `call_${call.call}`,
      name,
      ...state,
    }),
  ]
}

function flawOf(call: OpenCall): string | undefined {
  if (call.name === '') return `Tool call ${call.call} has no name.`
  if (call.json.trim() === '' || parseJson(call.json) !== undefined) return undefined
  return `Tool call ${call.call} has arguments that are not JSON.`
}

/** JSON text; some servers send the object itself. */
function argumentsText(wire: unknown): string {
  if (typeof wire === 'string') return wire
  return wire === undefined || wire === null ? '' : JSON.stringify(wire)
}
