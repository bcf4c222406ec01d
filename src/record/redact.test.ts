import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redact } from './redact.ts'

const rows: readonly [name: string, text: string, expected: string][] = [
  ['an e-mail address', 'write to jo.doe+x@mail.example.com now', 'write to [email] now'],
  ['a phone with its country', 'call +49 170 1234567 now', 'call [phone] now'],
  ['a phone in brackets', 'call (415) 555-0132', 'call [phone]'],
  ['a card', 'pay 4111 1111 1111 1111', 'pay [card]'],
  ['a number that is no card', 'order 4111 1111 1111 1112', 'order 4111 1111 1111 1112'],
  ['a social security number', 'ssn 078-05-1120.', 'ssn [ssn].'],
  ['a provider key', 'key sk-ant-api03-abcdefghijkl', 'key [key]'],
  ['a bearer token', 'Authorization: Bearer abc.def.ghi-jkl', 'Authorization: [key]'],
  ['plain words', 'The year 2024 had 366 days.', 'The year 2024 had 366 days.'],
]
for (const [name, text, expected] of rows) test(`redact: ${name}`, () => assert.equal(redact(text), expected))

test('redact: a hostile megabyte takes well under a second', () => {
  const started = performance.now()
  for (const piece of ['a@', '1 ', '1-', 'a.', '+1 ', '(111) '])
    redact(piece.repeat(1_000_000 / piece.length))
  assert.ok(performance.now() - started < 5_000)
})
