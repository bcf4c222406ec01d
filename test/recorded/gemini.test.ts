/** Every recorded generateContent answer, whole, split and cut at every byte. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isRecord, parseJson } from '../../src/base/text.ts'
import { geminiOutbound } from '../../src/gateway/adapters/gemini/adapter.ts'
import type { StreamPart } from '../../src/protocol/reply.ts'
import { cutPoints, frame, readPieces, recordedFiles, singly, skipWithout } from './recorded.ts'

const folders = ['google/__fixtures__', 'google/interactions', 'google/speech-translation']
const skip = skipWithout(folders)
/** Other APIs of the provider speak neither of candidates nor in Google's error envelope. */
const isChat = (text: string) => /"candidates"|"promptFeedback"|"error"\s*:\s*\{/.test(text)
const all = recordedFiles(folders)
const files = all.filter(({ text }) => isChat(text))
const seen = { whole: 0, errors: 0, streams: 0, cuts: 0, notChat: all.length - files.length }
const unsupported: string[] = []

const read = (pieces: Iterable<Uint8Array>) => readPieces(pieces, geminiOutbound.openStream())
const last = (parts: readonly StreamPart[]) => parts.at(-1)?.kind

test('there are recorded answers', { skip }, () => assert.ok(files.length >= 15))

for (const { name, text } of files.filter((file) => file.name.endsWith('.json'))) {
  test(`${name} is read`, () => {
    const body = parseJson(text)
    if (isRecord(body) && body['error']) {
      seen.errors += 1
      const fault = geminiOutbound.readFault({ status: 429, headers: {}, body: text })
      assert.deepEqual([fault.code, fault.retryAfterMs], ['upstream_rate_limited', 34_400])
      return
    }
    seen.whole += 1
    const reply = geminiOutbound.readReply(body)
    assert.ok(reply.ok)
    for (const odd of reply.value.unsupported) unsupported.push(`${name}: ${odd}`)
    const [choice] = reply.value.choices
    assert.ok(choice && (choice.content.length > 0 || choice.toolCalls.length > 0))
    assert.ok(reply.value.usage && reply.value.usage.output > (reply.value.usage.reasoning ?? 0))
    assert.equal(signaturesIn(body).join(), signaturesOf(choice.content, choice.toolCalls).join())
  })
}

for (const { name, text } of files.filter((file) => file.name.endsWith('.chunks.txt'))) {
  const events = frame(text)
  const bytes = Buffer.from(events.join(''))
  const isDamaged = /\/(?:duplicate|spliced)-/.test(name)

  test(`${name} is read whole and byte by byte`, () => {
    seen.streams += 1
    const whole = read([bytes])
    assert.equal(last(whole), isDamaged ? 'broken' : 'end')
    assert.deepEqual(read(singly(bytes)), whole)
    if (isDamaged) return
    const spoken = whole.filter((part) => part.kind === 'text' || part.kind === 'tool_call')
    assert.ok(spoken.length > 0)
    assert.equal(whole.filter((part) => part.kind === 'finish').length, 1)
    const chunks = events.map((event) => parseJson(event.slice('data: '.length)))
    assert.deepEqual(argumentsOf(whole).map(parseJson), expectedArguments(chunks))
    assert.equal(signaturesIn(chunks).join(), whole.flatMap(stateOf).join())
    for (const part of whole) if (part.kind === 'unsupported') unsupported.push(`${name}: ${part.name}`)
  })

  test(`${name} is the same wherever it is split`, () => {
    const whole = read([bytes])
    for (const at of cutPoints(events)) {
      assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), whole, `split at ${at}`)
    }
  })

  test(`${name} never ends well when cut before its finish`, () => {
    const finish = events.find((event) => event.includes('"finishReason"')) ?? ''
    const finishAt = bytes.indexOf(finish)
    assert.ok(finishAt > 0)
    const finishEnd = finishAt + Buffer.byteLength(finish.trimEnd())
    for (const at of cutPoints(events)) {
      seen.cuts += 1
      const kind = last(read([bytes.subarray(0, at)]))
      assert.ok(kind === 'end' || kind === 'broken', `cut at ${at}`)
      if (at < finishEnd) assert.equal(kind, 'broken', `cut at ${at}`)
    }
  })
}

/** The arguments of each call, put together. */
function argumentsOf(parts: readonly StreamPart[]): readonly string[] {
  const calls = parts.filter((part) => part.kind === 'tool_call')
  return calls.map(({ call }) =>
    parts.map((part) => (part.kind === 'tool_arguments' && part.call === call ? part.json : '')).join(''),
  )
}

/** The same arguments set value by value, with no eye on their order. */
function expectedArguments(chunks: readonly unknown[]): readonly unknown[] {
  const calls: Record<string, unknown>[] = []
  for (const wire of recordsIn(chunks, 'functionCall')) {
    if (wire['name'] !== undefined) calls.push({})
    const call = calls.at(-1) ?? {}
    Object.assign(call, wire['args'])
    for (const { jsonPath, stringValue, numberValue } of recordsIn([wire], 'partialArgs'))
      setAt(call, String(jsonPath).slice(2).split(/\W+/).filter(Boolean), stringValue ?? numberValue)
  }
  return calls
}

function setAt(into: Record<string, unknown>, [step = '', ...rest]: readonly string[], value: unknown): void {
  const before = into[step]
  if (rest.length === 0) {
    into[step] = typeof before === 'string' && typeof value === 'string' ? before + value : value
    return
  }
  const inner: object =
    typeof before === 'object' && before !== null ? before : /^\d+$/.test(rest[0] ?? '') ? [] : {}
  into[step] = inner
  setAt(inner as Record<string, unknown>, rest, value)
}

/** Every record under a field of this name, lists taken apart, in their order. */
function recordsIn(value: unknown, name: string): readonly Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap((one) => recordsIn(one, name))
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, one]) =>
    key === name ? [one].flat().filter(isRecord) : recordsIn(one, name),
  )
}

interface Signed {
  readonly signature?: string
  readonly redacted?: string
}

function signaturesOf(...lists: readonly (readonly object[])[]): readonly string[] {
  return lists.flat().flatMap(({ signature, redacted }: Signed) => signature ?? redacted ?? [])
}

function stateOf(part: StreamPart): readonly string[] {
  return part.kind === 'tool_call' || part.kind === 'reasoning_state' ? signaturesOf([part]) : []
}

/** Every thought signature in a body, in its order. */
function signaturesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(signaturesIn)
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([name, one]) =>
    name === 'thoughtSignature' && typeof one === 'string' ? [one] : signaturesIn(one),
  )
}

after(() => {
  console.log(`gemini dialect: ${JSON.stringify(seen)}; unsupported: ${unsupported.join(', ') || 'none'}`)
})
