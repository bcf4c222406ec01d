/** Recorded Responses streams, told in our parts, are written again event for event; recorded items are read back. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isRecord, parseJson } from '../../src/base/text.ts'
import { responsesInbound } from '../../src/gateway/adapters/responses/adapter.ts'
import type { StreamPart } from '../../src/protocol/reply.ts'
import { recordedFiles, skipWithout } from './recorded.ts'

type Event = Record<string, unknown>

const folders = ['openai/responses', 'xai/responses', 'openai-compatible/chat']
const skip = skipWithout(folders)
const files = recordedFiles(folders).filter(({ text }) => text.includes('"response'))
const seen = { rewritten: 0, hosted: 0, items: 0, unread: 0 }

const eventsOf = (text: string) => text.split('\n').map(parseJson).filter(isRecord)

/** One list for each response of a recording. */
function responsesIn(text: string): readonly (readonly Event[])[] {
  const responses: Event[][] = []
  for (const event of eventsOf(text)) {
    if (event['type'] === 'response.created') responses.push([])
    responses.at(-1)?.push(event)
  }
  return responses
}

const itemOf = ({ item }: Event): Event => (isRecord(item) ? item : {})

/** Undefined for what the gateway does not do: tools that run at the provider, and what they put into texts. */
function toParts(events: readonly Event[]): readonly StreamPart[] | undefined {
  const parts: StreamPart[] = []
  const calls = new Map<unknown, number>()
  for (const event of events) {
    const delta = typeof event['delta'] === 'string' ? event['delta'] : ''
    const item = itemOf(event)
    switch (event['type']) {
      case 'response.created':
        parts.push({ kind: 'start', id: 'r', model: 'm', createdAtS: 1 })
        break
      case 'response.output_text.delta':
        parts.push({ kind: 'text', choice: 0, text: delta })
        break
      case 'response.reasoning_summary_text.delta':
        parts.push({ kind: 'reasoning', choice: 0, text: delta })
        break
      case 'response.output_item.added':
        if (!['message', 'reasoning', 'function_call'].includes(String(item['type']))) return undefined
        // Phases of one answer, and calls made by programs that run at the provider.
        if ('phase' in item || 'caller' in item) return undefined
        if (item['type'] !== 'function_call') break
        calls.set(event['output_index'], calls.size)
        parts.push({
          kind: 'tool_call',
          choice: 0,
          call: calls.size - 1,
          id: String(item['call_id']),
          name: String(item['name']),
        })
        break
      case 'response.function_call_arguments.delta': {
        const call = calls.get(event['output_index']) ?? -1
        parts.push({ kind: 'tool_arguments', choice: 0, call, json: delta })
        break
      }
      case 'response.output_item.done':
        if (item['type'] === 'reasoning')
          parts.push({ kind: 'reasoning_state', choice: 0, signature: 's', from: 'openai' })
        break
      case 'response.output_text.annotation.added':
      case 'error':
        return undefined
      case 'response.reasoning_summary_part.added':
        if (event['summary_index'] !== 0) return undefined
        break
      case 'response.completed':
        parts.push({ kind: 'finish', choice: 0, reason: 'stop' }, { kind: 'end' })
        break
      default:
    }
  }
  return parts
}

/** What of an event must be the same: all but ids, times, and what the head says back. */
function essence(event: Event): unknown {
  const { type, output_index, content_index, summary_index, delta, text, arguments: json, part } = event
  const item = itemOf(event)
  const { type: kind, status, role, content, summary, name, arguments: itemJson } = item
  const itemEssence =
    kind === 'reasoning' ? { kind, summary } : { kind, status, role, content, name, itemJson }
  return { type, output_index, content_index, summary_index, delta, text, json, part, itemEssence }
}

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, one) => (key === 'logprobs' ? undefined : one)))

for (const { name, text } of files.filter((file) => file.name.endsWith('.chunks.txt'))) {
  test(`${name} is written event for event`, () => {
    for (const events of responsesIn(text)) {
      const parts = toParts(events)
      if (parts === undefined || !parts.some(({ kind }) => kind === 'end')) {
        seen.hosted += 1
        continue
      }
      seen.rewritten += 1
      const writer = responsesInbound.openWriter({ usage: true })
      const written = parts.map((part) => writer.write(part)).join('')
      const ours = eventsOf(written.replace(/^(event: .*|data: )/gm, ''))
      assert.deepEqual(
        ours.map(({ sequence_number }) => sequence_number),
        ours.map((_, at) => at),
      )
      assert.deepEqual(ours.map(essence).map(plain), events.map(essence).map(plain))
    }
  })
}

test('items of recorded answers are read as a conversation', { skip }, () => {
  for (const { name, text } of files.filter((file) => file.name.endsWith('.json'))) {
    const body = parseJson(text)
    const output = isRecord(body) ? body['output'] : undefined
    if (!Array.isArray(output) || output.length === 0) continue
    seen.items += output.length
    const read = responsesInbound.readRequest({
      model: 'm',
      input: [{ role: 'user', content: 'Hi' }, ...output],
    })
    assert.ok(read.ok, name)
    seen.unread += read.value.unmapped.length
    const said = output.flatMap((item) =>
      isRecord(item) && item['type'] === 'message' ? item['content'] : [],
    )
    const texts = said.flatMap((part) =>
      isRecord(part) && typeof part['text'] === 'string' ? [part['text']] : [],
    )
    const kept = read.value.messages.flatMap(({ role, content }) =>
      role === 'assistant' ? content.flatMap((part) => (part.kind === 'text' ? [part.text] : [])) : [],
    )
    assert.deepEqual(
      kept,
      texts.filter((one) => one !== ''),
      name,
    )
  }
})

test('enough was compared', { skip }, () => {
  assert.ok(seen.rewritten >= 6 && seen.items >= 20, JSON.stringify(seen))
})

after(() => console.log(`responses: ${JSON.stringify(seen)}`))
