/** Puts the function calls of one streamed candidate together: whole ones, and those whose arguments come in pieces. */

import { isRecord } from '../../../base/text.ts'
import type { StreamPart } from '../../../protocol/reply.ts'
import { filled, present } from '../present.ts'
import { callId } from './call-id.ts'
import { type ArgumentsText, openArguments, type PartialValue, parsePath } from './partial-arguments.ts'

type Wire = Readonly<Record<string, unknown>>

export interface OpenCalls {
  /** The parts of one function call part, or what is wrong with it. */
  push(wire: Wire, signature: string | undefined): readonly StreamPart[] | string
  /** Ends the call that is still open; a server may leave out the part that says so. */
  finish(): readonly StreamPart[]
  /** What is wrong with the calls if no more comes. */
  flaw(): string | undefined
  count(): number
}

export function openCalls(choice: number, makeId: (call: number) => string): OpenCalls {
  let count = 0
  let open: ArgumentsText | undefined

  const told = (json: string): StreamPart[] =>
    json === '' ? [] : [{ kind: 'tool_arguments', choice, call: count - 1, json }]
  const finish = (): StreamPart[] => {
    const rest = open?.close() ?? ''
    open = undefined
    return told(rest)
  }
  const begin = (wire: Wire, name: string, signature: string | undefined): StreamPart => {
    const call = count
    count += 1
    open = openArguments()
    const from = signature === undefined ? undefined : ('gemini' as const)
    const id = callId(wire['id'], () => makeId(call))
    return present({ kind: 'tool_call', choice, call, id, name, signature, from })
  }

  return {
    push(wire, signature) {
      const name = filled(wire['name'])
      const parts: StreamPart[] = name === undefined ? [] : [...finish(), begin(wire, name, signature)]
      const values = readValues(wire)
      if (values === undefined) return 'A function call has a piece of arguments without a path.'
      if (open === undefined) return values.length === 0 ? parts : 'Arguments came without a function call.'
      for (const [path, value] of values) {
        const text = open.put(path, value)
        if (!text.ok) return `The arguments of a function call are out of order: ${text.fault}.`
        parts.push(...told(text.value))
      }
      return wire['willContinue'] === true ? parts : [...parts, ...finish()]
    },
    finish,
    flaw: () => (open?.isInString() ? 'A function call ends inside a string.' : undefined),
    count: () => count,
  }
}

type Value = readonly [path: readonly (string | number)[], value: PartialValue]

/** Whole arguments first, one value for each name; undefined for a piece that says not where it belongs. */
function readValues(wire: Wire): readonly Value[] | undefined {
  const whole = Object.entries(isRecord(wire['args']) ? wire['args'] : {}).map(
    ([name, value]): Value => [[name], { kind: 'whole', json: JSON.stringify(value) }],
  )
  const given: unknown[] = Array.isArray(wire['partialArgs']) ? wire['partialArgs'] : []
  const pieces: Value[] = []
  for (const piece of given.filter(isRecord)) {
    const path = parsePath(filled(piece['jsonPath']) ?? '')
    if (path === undefined) return undefined
    pieces.push([path, readValue(piece)])
  }
  return [...whole, ...pieces]
}

function readValue(piece: Wire): PartialValue {
  const { stringValue: text, numberValue: number, boolValue: bool, willContinue } = piece
  if (typeof text === 'string' || willContinue === true)
    return { kind: 'piece', text: typeof text === 'string' ? text : '', isLast: willContinue !== true }
  return { kind: 'whole', json: JSON.stringify(number ?? bool ?? null) }
}
