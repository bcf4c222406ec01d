import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FaultCode, type FaultDetail, makeFault } from '../../protocol/fault.ts'
import type { KeyStanding } from './key-health.ts'
import { nextStep, type Situation, type TargetView, type Tried } from './next-step.ts'

const free: KeyStanding = { kind: 'free', health: 1 }
const rest = (forMs: number, named = true): KeyStanding => ({ kind: 'resting', forMs, named })
const target = (
  name: string,
  keys: Record<string, KeyStanding>,
  more: Partial<TargetView> = {},
): TargetView => {
  const [provider = '', model = ''] = name.split('/')
  return {
    provider,
    model,
    keys: Object.entries(keys).map(([key, standing]) => ({ key, standing })),
    circuit: { admitted: true, epoch: 0 },
    barredKeys: new Set(),
    ...more,
  }
}
const tried = (at: number, key: string, code: FaultCode, detail: FaultDetail = {}): Tried => ({
  target: at,
  key,
  fault: makeFault(code, 'said so', detail),
})
const two = [
  target('a/m1', { k1: free, k2: free }),
  target('a/m2', { k1: free, k2: free }),
  target('b/m1', { k3: free }),
]
const limits = { max: 12, sameTry: 2, baseMs: 250, maxMs: 4_000, patienceMs: 2_500, unknownIsFatal: false }

/** `expected` is "next target/model key" with the wait, or the fault that ends the request. */
type Row = [name: string, given: Partial<Situation>, expected: string]
const rows: readonly Row[] = [
  ['the first try is the first target with its first key', {}, 'other_provider a/m1 k1'],
  [
    'a limited key gives way to the next key',
    { tried: [tried(0, 'k1', 'upstream_rate_limited')] },
    'other_key a/m1 k2',
  ],
  [
    'not where the circuit opened meanwhile',
    {
      targets: [
        target('a/m1', { k1: free, k2: free }, { circuit: { admitted: false, retryAfterMs: 5_000 } }),
        ...two.slice(1),
      ],
      tried: [tried(0, 'k1', 'upstream_rate_limited')],
    },
    'other_model a/m2 k1',
  ],
  [
    'both keys limited: next model, first key again',
    {
      targets: [target('a/m1', { k1: rest(9e3), k2: rest(9e3) }), ...two.slice(1)],
      tried: [tried(0, 'k1', 'upstream_rate_limited'), tried(0, 'k2', 'upstream_rate_limited')],
    },
    'other_model a/m2 k1',
  ],
  [
    'a short named rest is waited for',
    {
      targets: [target('a/m1', { k1: rest(800) }), ...two.slice(1)],
      tried: [tried(0, 'k1', 'upstream_rate_limited')],
    },
    'wait a/m1 k1 +800',
  ],
  [
    'a key that rests by now is not repeated',
    {
      targets: [target('a/m1', { k1: rest(800), k2: free }), ...two.slice(1)],
      tried: [tried(0, 'k1', 'upstream_error')],
    },
    'other_model a/m2 k1',
  ],
  [
    'a key that is known by now not to be allowed the model is not repeated',
    {
      targets: [target('a/m1', { k1: free, k2: free }, { barredKeys: new Set(['k1']) }), ...two.slice(1)],
      tried: [tried(0, 'k1', 'upstream_error')],
    },
    'other_model a/m2 k1',
  ],
  [
    'nor where it is the only one left',
    {
      targets: [target('a/m1', { k1: rest(800, false) })],
      tried: [tried(0, 'k1', 'upstream_cut')],
    },
    'give up upstream_cut 502 +800',
  ],
  [
    'the last attempts are not spent on a provider that was tried, though another came between',
    {
      targets: [
        target('a/m1', { k1: free }),
        target('b/m1', { k3: free }),
        two[1],
        target('c/m1', { k4: free }),
      ].flatMap((one) => one ?? []),
      tried: [tried(0, 'k1', 'upstream_cut'), tried(1, 'k3', 'upstream_cut')],
      limits: { ...limits, max: 3 },
    },
    'other_provider c/m1 k4',
  ],
  [
    'a model that is too small is not waited for',
    {
      targets: [target('a/m1', { k1: free, k2: rest(800) }), target('b/m1', { k3: free })],
      tried: [tried(0, 'k1', 'context_length_exceeded'), tried(1, 'k3', 'context_length_exceeded')],
    },
    'give up context_length_exceeded 400',
  ],
  [
    'nor a provider that was tried, where the last attempts are kept for others',
    {
      targets: [target('a/m1', { k1: free, k2: rest(800) }), target('b/m1', { k3: rest(900) })],
      tried: [tried(0, 'k1', 'upstream_cut')],
      limits: { ...limits, max: 2 },
    },
    'wait b/m1 k3 +900',
  ],
  [
    'a rest nobody named is not waited for',
    {
      targets: [target('a/m1', { k1: rest(800, false) }), ...two.slice(1)],
      tried: [tried(0, 'k1', 'upstream_rate_limited')],
    },
    'other_model a/m2 k1',
  ],
  [
    'not when the wait is longer than patience',
    {
      targets: [target('a/m1', { k1: rest(2_501) }), ...two.slice(1)],
      tried: [tried(0, 'k1', 'upstream_rate_limited')],
    },
    'other_model a/m2 k1',
  ],
  [
    'no other target: a cut answer is asked once more on the same try',
    { targets: [target('a/m1', { k1: free })], tried: [tried(0, 'k1', 'upstream_cut')] },
    'retry a/m1 k1 +125',
  ],
  ['a refused key is replaced at once', { tried: [tried(0, 'k1', 'upstream_auth')] }, 'other_key a/m1 k2'],
  [
    'a server error is repeated once on the same try',
    { tried: [tried(0, 'k1', 'upstream_error')] },
    'retry a/m1 k1 +125',
  ],
  [
    'after the second it moves on',
    { tried: [tried(0, 'k1', 'upstream_error'), tried(0, 'k1', 'upstream_error')] },
    'other_model a/m2 k1',
  ],
  [
    'a provider that took the request and never answered is left for another',
    { tried: [tried(0, 'k1', 'upstream_first_token_timeout')] },
    'other_provider b/m1 k3',
  ],
  [
    'its other model is tried when no other provider is left',
    { tried: [tried(0, 'k1', 'upstream_first_token_timeout'), tried(2, 'k3', 'upstream_auth')] },
    'other_provider a/m2 k1',
  ],
  [
    'a silent target is not called again with a key that rests',
    {
      targets: [target('a/m1', { k1: free, k2: rest(900) })],
      tried: [tried(0, 'k1', 'upstream_first_token_timeout')],
    },
    'give up upstream_first_token_timeout 504',
  ],
  [
    'a stream that stalled is no silence: the next model is asked',
    { tried: [tried(0, 'k1', 'upstream_idle_timeout')] },
    'other_model a/m2 k1',
  ],
  [
    'with its retry budget used up a provider is not asked again',
    {
      targets: two.map((one) => ({ ...one, mayRepeat: false })),
      tried: [tried(0, 'k1', 'upstream_error')],
    },
    'other_model a/m2 k1',
  ],
  [
    'a provider that answers too little is held back while another is left',
    { targets: two.map((one, at) => (at < 2 ? { ...one, refuseShare: 0.6 } : one)), luck: 0.5 },
    'other_provider b/m1 k3',
  ],
  [
    'held back everywhere, the first is called all the same',
    { targets: two.map((one) => ({ ...one, refuseShare: 0.6 })), luck: 0.5 },
    'other_provider a/m1 k1',
  ],
  [
    'a lucky request is not held back',
    { targets: two.map((one) => ({ ...one, refuseShare: 0.6 })), luck: 0.7 },
    'other_provider a/m1 k1',
  ],
  [
    'a circuit that opened meanwhile lends no other key',
    {
      targets: [
        target('a/m1', { k1: free, k2: free }, { circuit: { admitted: false, retryAfterMs: 9 } }),
        ...two.slice(2),
      ],
      tried: [tried(0, 'k1', 'upstream_rate_limited')],
    },
    'other_provider b/m1 k3',
  ],
  [
    'all shut at the end: the fault names the soonest return',
    {
      targets: [
        target('a/m1', { k1: free }, { circuit: { admitted: false, retryAfterMs: 7_000 } }),
        target('b/m1', { k2: rest(90_000) }),
      ],
      leftMs: 5_000,
      tried: [tried(0, 'k1', 'upstream_error'), tried(1, 'k2', 'upstream_rate_limited')],
    },
    'give up upstream_rate_limited 429 +7000',
  ],
  [
    'isolated by hand: no time is named',
    {
      targets: [
        target(
          'a/m1',
          { k1: free },
          { circuit: { admitted: false, retryAfterMs: Number.POSITIVE_INFINITY } },
        ),
      ],
    },
    'give up all_targets_unavailable 503',
  ],
  [
    'a refused prompt may be rewritten',
    { tried: [tried(0, 'k1', 'content_policy')], mayRewrite: true },
    'rewrite',
  ],
  [
    'but not beyond the attempts in all',
    {
      tried: [tried(0, 'k1', 'content_policy')],
      mayRewrite: true,
      limits: { ...limits, max: 1 },
      targets: two.slice(0, 1),
    },
    'give up content_policy 400',
  ],
  [
    'no connection skips the provider',
    { tried: [tried(0, 'k1', 'upstream_connect_timeout')] },
    'other_provider b/m1 k3',
  ],
  [
    'a missing model goes to the next model',
    { tried: [tried(0, 'k1', 'model_not_found')] },
    'other_model a/m2 k1',
  ],
  [
    'the caller’s fault ends it',
    { tried: [tried(0, 'k1', 'invalid_request')] },
    'give up invalid_request 400',
  ],
  ['a policy refusal ends it', { tried: [tried(0, 'k1', 'content_policy')] }, 'give up content_policy 400'],
  [
    'too long a context goes to a larger one',
    {
      targets: [
        target('a/m1', { k1: free }, { contextTokens: 10 }),
        target('a/m2', { k1: free }, { contextTokens: 10 }),
        target('b/m1', { k3: free }, { contextTokens: 20 }),
      ],
      tried: [tried(0, 'k1', 'context_length_exceeded')],
    },
    'other_provider b/m1 k3',
  ],
  [
    'and ends where there is none',
    {
      targets: [
        target('a/m1', { k1: free }, { contextTokens: 10 }),
        target('a/m2', { k1: free }, { contextTokens: 10 }),
      ],
      tried: [tried(0, 'k1', 'context_length_exceeded')],
    },
    'give up context_length_exceeded 400',
  ],
  [
    'an open circuit is passed over',
    {
      targets: [
        target('a/m1', { k1: free }, { circuit: { admitted: false, retryAfterMs: 9 } }),
        ...two.slice(1),
      ],
    },
    'other_provider a/m2 k1',
  ],
  [
    'all circuits open: an honest 503',
    { targets: [target('a/m1', { k1: free }, { circuit: { admitted: false, retryAfterMs: 900 } })] },
    'give up all_targets_unavailable 503 +900',
  ],
  [
    'all keys resting unnamed: 429',
    { targets: [target('a/m1', { k1: rest(700, false) })] },
    'give up all_targets_resting 429 +700',
  ],
  [
    'all keys resting, named and in time: waited for',
    { targets: [target('a/m1', { k1: rest(5_000) })] },
    'wait a/m1 k1 +5000',
  ],
  [
    'named but beyond the deadline: 429',
    { targets: [target('a/m1', { k1: rest(5_000) })], leftMs: 4_000 },
    'give up all_targets_resting 429 +5000',
  ],
  [
    'no key at all',
    { targets: [target('a/m1', { k1: { kind: 'disabled', because: 'revoked' } })] },
    'give up all_targets_unavailable 503',
  ],
  ['the deadline ends it', { leftMs: 0 }, 'give up deadline_exceeded 504'],
  [
    'attempts in all are bounded',
    {
      limits: { ...limits, max: 2 },
      targets: two.slice(0, 2),
      tried: [tried(0, 'k1', 'upstream_error'), tried(0, 'k1', 'upstream_error')],
    },
    'give up upstream_error 502',
  ],
  [
    'the last attempt is kept for the untried provider',
    { limits: { ...limits, max: 2 }, tried: [tried(0, 'k1', 'upstream_auth')] },
    'other_provider b/m1 k3',
  ],
  [
    'a barred pair of key and model is not lent',
    { targets: [target('a/m1', { k1: free, k2: free }, { barredKeys: new Set(['k1']) })] },
    'other_provider a/m1 k2',
  ],
]

for (const [name, given, expected] of rows) {
  test(`next step: ${name}`, () => {
    const step = nextStep({ targets: two, tried: [], limits, leftMs: 60_000, chance: 0.5, ...given })
    const targets = given.targets ?? two
    if (step.kind === 'give_up') {
      const wait = step.fault.retryAfterMs === undefined ? '' : ` +${step.fault.retryAfterMs}`
      assert.equal(`give up ${step.fault.code} ${step.fault.status}${wait}`, expected)
    } else if (step.kind === 'rewrite') assert.equal('rewrite', expected)
    else {
      const at = targets[step.target]
      const wait = step.waitMs > 0 ? ` +${step.waitMs}` : ''
      assert.equal(`${step.next} ${at?.provider}/${at?.model} ${step.key}${wait}`, expected)
    }
    assert.ok(step.because.length > 5)
  })
}
