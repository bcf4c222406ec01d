import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LimitAnswer } from './rate-limits.ts'
import { type RuleInput, ruleSchema } from './rules.ts'
import { decide, statusOf, wordsFor } from './verdict.ts'

const free: LimitAnswer = { states: [] }
const over: LimitAnswer = { states: [], exceeded: { what: 'tokens', limit: 9, retryAfterMs: 5 } }
const known = { isKeyKnown: true, limit: free }

type Row = readonly [
  name: string,
  facts: { readonly isKeyKnown: boolean; readonly limit: LimitAnswer },
  rule: RuleInput | undefined,
  says: string,
]
const rows: readonly Row[] = [
  ['no rule', known, undefined, '200 answers'],
  ['an empty rule', known, {}, '200 answers'],
  ['a status', known, { status: 503 }, '503 fails: simulated error 503'],
  ['a status with its message', known, { status: 400, message: 'no' }, '400 fails: no'],
  [
    'an unknown key',
    { isKeyKnown: false, limit: free },
    { status: 503 },
    '401 fails: simulated: this key is not accepted',
  ],
  [
    'a limit',
    { isKeyKnown: true, limit: over },
    undefined,
    '429 fails: simulated: the limit of 9 tokens per minute is reached',
  ],
  [
    'a limit stands above a recording',
    { isKeyKnown: true, limit: over },
    { replay: { text: 'x', as: 'json' } },
    '429 fails: simulated: the limit of 9 tokens per minute is reached',
  ],
  [
    'a status the rule names stands above a limit',
    { isKeyKnown: true, limit: over },
    { status: 500 },
    '500 fails: simulated error 500',
  ],
  ['a stall stands above all', { isKeyKnown: false, limit: over }, { stall: true }, '0 never answers'],
  ['a reset', known, { reset: true }, '0 resets the connection'],
  ['a text', known, { body: '<html>', status: 502 }, '502 sends the text of the rule'],
  ['a recorded error', known, { replay: { text: '{}', as: 'json' }, status: 400 }, '400 replays a recording'],
  [
    'a recording that breaks',
    known,
    { replay: { text: '', as: 'sse' }, after_events: 2 },
    '200 replays a recording, breaks after 2 events (cut)',
  ],
  [
    'an answer that breaks',
    known,
    { after_events: 0, break_with: 'reset' },
    '200 answers, breaks after 0 events (reset)',
  ],
  ['a refusal', known, { refusal: true }, '200 refuses by policy'],
]
for (const [name, facts, rule, says] of rows) {
  test(`sandbox verdict: ${name}`, () => {
    const verdict = decide({ ...facts, taken: rule && { rule: ruleSchema.parse(rule), number: 1 } })
    assert.equal(`${statusOf(verdict)} ${wordsFor(verdict)}`, says)
  })
}
