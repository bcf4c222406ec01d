import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSameEvents } from './same-events.ts'

interface Event {
  readonly delta?: { readonly content?: unknown }
}
const contentOf = (event: unknown) => (event as Event | undefined)?.delta?.content
const event = (content: string, more: object = {}) =>
  JSON.stringify({ id: 'one', delta: { content }, ...more })

/** What is read of `next` once `first` was read as `text`; undefined where it has to be parsed. */
function after(first: string, text: string, next: string): string | undefined {
  const same = openSameEvents(contentOf)
  same.learn(first, text)
  return same.textOf(next)
}

const rows: readonly [name: string, first: string, text: string, next: string, read: string | undefined][] = [
  ['another text', event('Hello'), 'Hello', event(' world'), ' world'],
  ['the same text', event('word '), 'word ', event('word '), 'word '],
  ['text of other letters', event('a'), 'a', event('日本 🙂'), '日本 🙂'],
  ['no text', event('a'), 'a', event(''), undefined],
  ['a quotation mark', event('a'), 'a', event('"'), undefined],
  ['an escape', event('a'), 'a', event('\n'), undefined],
  [
    'a raw control character, which is no JSON',
    event('a'),
    'a',
    event('b').replace('b', '\u0001'),
    undefined,
  ],
  [
    'text that closes the string and goes on',
    event('a'),
    'a',
    '{"id":"one","delta":{"content":"b","x":"c"}}',
    undefined,
  ],
  ['another field', event('a'), 'a', event('b', { usage: { tokens: 1 } }), undefined],
  ['another value elsewhere', event('a', { at: 1 }), 'a', event('b', { at: 2 }), undefined],
  ['a text that stands elsewhere, too', event('one'), 'one', event('two'), 'two'],
  ['a text that is the name of a field', event('delta'), 'delta', event('content'), 'content'],
  [
    'a text twice in the place of the text',
    '{"delta":{"content":"a","content":"a"}}',
    'a',
    '{"delta":{"content":"a","content":"b"}}',
    'b',
  ],
  [
    'the first of two that count as one',
    '{"delta":{"content":"a","content":"a"}}',
    'a',
    '{"delta":{"content":"b","content":"a"}}',
    undefined,
  ],
  [
    'a text that was written with escapes',
    '{"delta":{"content":"\\u0061"}}',
    'a',
    '{"delta":{"content":"b"}}',
    undefined,
  ],
  [
    'space between the tokens',
    '{ "delta": { "content": "a" } }',
    'a',
    '{ "delta": { "content": "b" } }',
    'b',
  ],
  ['a text that is found nowhere', event('a'), 'b', event('c'), undefined],
]
for (const [name, first, text, next, expected] of rows)
  test(`same events: ${name}`, () => {
    const read = after(first, text, next)
    assert.equal(read, expected)
    if (read !== undefined) assert.equal(read, contentOf(JSON.parse(next)))
  })

test('same events: what is forgotten is parsed', () => {
  const same = openSameEvents(contentOf)
  same.learn(event('a'), 'a')
  same.forget()
  assert.equal(same.textOf(event('b')), undefined)
})

test('same events: where none is like another, learning ends', () => {
  let looked = 0
  const same = openSameEvents((parsed) => {
    looked += 1
    return contentOf(parsed)
  })
  for (let at = 0; at < 50; at += 1) {
    const data = event('a', { at })
    assert.equal(same.textOf(data), undefined)
    same.learn(data, 'a')
  }
  assert.ok(looked <= 12, `${looked} times`)
})

test('same events: learning goes on where some are like others', () => {
  const same = openSameEvents(contentOf)
  let unparsed = 0
  for (let at = 0; at < 100; at += 1) {
    const data = event('a', { second: Math.floor(at / 10) })
    if (same.textOf(data) === undefined) same.learn(data, 'a')
    else unparsed += 1
  }
  assert.equal(unparsed, 90)
})
