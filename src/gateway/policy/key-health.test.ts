import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FaultCode, makeFault } from '../../protocol/fault.ts'
import {
  afterFault,
  afterSuccess,
  conditionOf,
  freshKey,
  isolatedKey,
  type KeyState,
  releasedKey,
  standing,
} from './key-health.ts'

const options = {
  penalty: 0.5,
  healingIntervalMs: 3_600_000,
  healingIncrement: 0.1,
  restCapMs: 300_000,
  firstRestMs: 1_000,
  quotaRestMs: 3_600_000,
}
const hurt =
  (code: FaultCode, model: string, nowMs: number, retryAfterMs?: number) =>
  (key: KeyState): KeyState =>
    afterFault(key, { model, fault: makeFault(code, 'said so', { retryAfterMs }) }, options, nowMs)
const succeed = (model: string) => (key: KeyState) => afterSuccess(key, model)

const isolate = (key: KeyState) => isolatedKey(key, 'it leaked')

type Row = [
  name: string,
  steps: readonly ((key: KeyState) => KeyState)[],
  model: string,
  atMs: number,
  expected: object,
]
const rows: readonly Row[] = [
  [
    'isolated by hand it is used for no model',
    [isolate],
    'm',
    0,
    { kind: 'disabled', because: 'isolated by hand: it leaked' },
  ],
  ['released it is free', [isolate, releasedKey], 'm', 0, { kind: 'free', health: 1 }],
  [
    'released a refused key is tried again',
    [hurt('upstream_auth', 'm', 0), releasedKey],
    'm',
    0,
    { kind: 'free', health: 1 },
  ],
  [
    'released a key ends its rest and stays less healthy',
    [hurt('upstream_rate_limited', 'm', 0, 60_000), releasedKey],
    'm',
    1,
    { kind: 'free', health: 0.5 },
  ],
  [
    'released a key without credit is tried with other models, too',
    [hurt('upstream_quota', 'm', 0), releasedKey],
    'n',
    1,
    { kind: 'free', health: 1 },
  ],
  ['a fresh key is free', [], 'm', 0, { kind: 'free', health: 1 }],
  [
    'a limit rests the key as long as named',
    [hurt('upstream_rate_limited', 'm', 0, 2_000)],
    'm',
    500,
    { kind: 'resting', forMs: 1_500, named: true },
  ],
  [
    'the same key is free for another model',
    [hurt('upstream_rate_limited', 'm', 0, 2_000)],
    'n',
    500,
    { kind: 'free', health: 1 },
  ],
  [
    'after the rest it is free and less healthy',
    [hurt('upstream_rate_limited', 'm', 0, 2_000)],
    'm',
    2_000,
    { kind: 'free', health: 0.5 },
  ],
  [
    'health comes back with time',
    [hurt('upstream_rate_limited', 'm', 0, 2_000)],
    'm',
    3_600_000,
    { kind: 'free', health: 0.6 },
  ],
  [
    'an unnamed rest is a second',
    [hurt('upstream_rate_limited', 'm', 0)],
    'm',
    1,
    { kind: 'resting', forMs: 999, named: false },
  ],
  [
    'and doubles',
    [hurt('upstream_rate_limited', 'm', 0), hurt('upstream_rate_limited', 'm', 1_000)],
    'm',
    1_000,
    { kind: 'resting', forMs: 2_000, named: false },
  ],
  [
    'a success ends the doubling',
    [hurt('upstream_rate_limited', 'm', 0), succeed('m'), hurt('upstream_rate_limited', 'm', 1_000)],
    'm',
    1_000,
    { kind: 'resting', forMs: 1_000, named: false },
  ],
  [
    'a later limit only extends a rest',
    [hurt('upstream_rate_limited', 'm', 0, 9_000), hurt('upstream_rate_limited', 'm', 1_000, 1_000)],
    'm',
    1_000,
    { kind: 'resting', forMs: 8_000, named: true },
  ],
  [
    'the rest of a key without credit is not cut short by another model',
    [hurt('upstream_quota', 'm', 0, 9_000), hurt('upstream_quota', 'n', 1_000, 1_000)],
    'm',
    2_000,
    { kind: 'resting', forMs: 7_000, named: true },
  ],
  [
    'and no other model may use it meanwhile',
    [hurt('upstream_quota', 'm', 0, 9_000), hurt('upstream_quota', 'n', 1_000, 1_000)],
    'n',
    2_500,
    { kind: 'resting', forMs: 6_500, named: true },
  ],
  [
    'a refused key is disabled for every model',
    [hurt('upstream_auth', 'm', 0)],
    'n',
    9_999_999,
    { kind: 'disabled', because: 'said so' },
  ],
  [
    'quota rests the key for every model an hour',
    [hurt('upstream_quota', 'm', 0)],
    'n',
    600_000,
    { kind: 'resting', forMs: 3_000_000, named: false },
  ],
  ['a server error is not the key’s', [hurt('upstream_error', 'm', 0)], 'm', 0, { kind: 'free', health: 1 }],
  ['a bad request is not the key’s', [hurt('invalid_request', 'm', 0)], 'm', 0, { kind: 'free', health: 1 }],
  [
    'a missing model is not the key’s',
    [hurt('model_not_found', 'm', 0)],
    'm',
    0,
    { kind: 'free', health: 1 },
  ],
]

for (const [name, steps, model, atMs, expected] of rows) {
  test(`key health: ${name}`, () => {
    const key = steps.reduce((state, step) => step(state), freshKey)
    assert.deepEqual(standing(key, model, options, atMs), expected)
  })
}

const conditions: readonly (readonly [string, readonly ((key: KeyState) => KeyState)[], object])[] = [
  ['a fresh key', [], { state: 'free' }],
  [
    'a rest for one model',
    [hurt('upstream_rate_limited', 'm', 0, 2_000)],
    { state: 'resting', forMs: 1_000 },
  ],
  [
    'the longest of its rests',
    [hurt('upstream_rate_limited', 'm', 0, 2_000), hurt('upstream_rate_limited', 'n', 0, 9_000)],
    { state: 'resting', forMs: 8_000 },
  ],
  ['a refused key', [hurt('upstream_auth', 'm', 0)], { state: 'disabled', because: 'said so' }],
  [
    'isolated, whatever else it is',
    [hurt('upstream_auth', 'm', 0), isolate],
    { state: 'isolated', because: 'it leaked' },
  ],
]
for (const [name, steps, expected] of conditions)
  test(`condition of a key: ${name}`, () =>
    assert.deepEqual(
      conditionOf(
        steps.reduce((key, step) => step(key), freshKey),
        1_000,
      ),
      expected,
    ))
