import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import type { RuleInput } from '../../../src/sandbox/rules.ts'
import { errorOf, failOnWarnings, openSandbox } from '../open-sandbox.ts'
import type { Ask, Caller, FailedCall } from './caller.ts'
import { callers, modes } from './callers.ts'
import { openWorld, outbounds, type ProviderSpec } from './gateway-world.ts'

interface Row {
  /** What the provider does; also the name of the model that does it. */
  readonly model: string
  readonly rule: Omit<RuleInput, 'match'>
  /** Status the caller sees. */
  readonly status: number
  /** Classes of the callers' errors, in the order of dialects below. */
  readonly types: Readonly<Record<'openai' | 'anthropic', string>>
  readonly says: RegExp
}

const same = (type: string) => ({ openai: type, anthropic: type })
const rows: readonly Row[] = [
  {
    model: 'a-wrong-request',
    rule: { status: 400, message: 'temperature is too high' },
    status: 400,
    types: same('BadRequestError'),
    says: /temperature is too high/,
  },
  {
    model: 'a-wrong-key',
    rule: { status: 401 },
    status: 502,
    types: same('InternalServerError'),
    says: /simulated error 401/,
  },
  {
    model: 'a-forbidden-key',
    rule: { status: 403 },
    status: 502,
    types: same('InternalServerError'),
    says: /simulated error 403/,
  },
  {
    model: 'no-such-model',
    rule: { status: 404 },
    status: 404,
    types: same('NotFoundError'),
    says: /simulated error 404/,
  },
  {
    model: 'too-large',
    rule: { status: 413 },
    status: 413,
    types: { openai: 'APIError', anthropic: 'ContentTooLargeError' },
    says: /simulated error 413/,
  },
  {
    model: 'a-limit',
    rule: { status: 429, headers: { 'retry-after': '7' } },
    status: 429,
    types: same('RateLimitError'),
    says: /./,
  },
  {
    model: 'an-error',
    rule: { status: 500 },
    status: 502,
    types: same('InternalServerError'),
    says: /simulated error 500/,
  },
  {
    model: 'overload',
    rule: { status: 529 },
    status: 503,
    types: { openai: 'InternalServerError', anthropic: 'ServiceUnavailableError' },
    says: /simulated error 529/,
  },
  {
    model: 'a-policy-refusal',
    rule: { refusal: true },
    status: 400,
    types: same('BadRequestError'),
    says: /refused to answer/,
  },
  {
    model: 'a-web-page',
    rule: { status: 502, body: '<html>', headers: { 'content-type': 'text/html' } },
    status: 502,
    types: same('InternalServerError'),
    says: /./,
  },
  {
    model: 'a-reset',
    rule: { reset: true },
    status: 502,
    types: same('InternalServerError'),
    says: /./,
  },
]

const sandbox = await openSandbox({
  rules: [
    ...rows.map(({ model, rule }) => ({ match: { model }, ...rule })),
    { match: { model: 'breaks' }, after_events: 4, break_with: 'error' },
    { match: { model: 'cut' }, after_events: 4, break_with: 'cut' },
    { match: { model: 'silent' }, stall: true },
  ],
})
// A key that is refused is put away: each case has a provider of its own.
const cases = [...rows.map(({ model }) => model), 'breaks', 'cut', 'silent', 'sim']
const providers: readonly ProviderSpec[] = outbounds.flatMap((dialect) =>
  callers.flatMap(({ dialect: from }) =>
    modes.flatMap((mode) =>
      cases.map((model) => ({
        name: `${dialect}-${from}-${mode}-${model}`,
        dialect,
        address: sandbox.address,
      })),
    ),
  ),
)
const url = await openWorld(providers)
failOnWarnings()

async function fails(
  caller: Caller,
  ask: Ask,
  how: Parameters<Caller['open']>[2],
  say = 'Hello',
): Promise<FailedCall> {
  return caller.read(await errorOf(caller.open(url, ask, how).say(say)))
}

for (const caller of callers)
  for (const outbound of outbounds)
    for (const mode of modes) {
      const place = `${caller.name} over ${outbound}, ${mode}`
      const modelOf = (model: string) => `${outbound}-${caller.dialect}-${mode}-${model}/${model}`
      for (const { model, status, types, says } of rows)
        test(`${place}: ${model.replaceAll('-', ' ')} is a ${status}`, async () => {
          const failed = await fails(caller, { model: modelOf(model) }, { mode })
          const type = caller.dialect === 'anthropic' ? types.anthropic : types.openai
          assert.deepEqual([failed.status, failed.type], [status, type])
          assert.match(failed.message, says)
          assert.equal(failed.headers?.get('x-should-retry'), 'false')
          if (status === 429) assert.match(failed.headers?.get('retry-after') ?? '', /^[67]$/)
        })

      test(`${place}: a model nobody knows is a 404`, async () => {
        const failed = await fails(caller, { model: 'nobody' }, { mode })
        assert.deepEqual([failed.status, failed.type], [404, 'NotFoundError'])
      })

      test(`${place}: a body above the limit is a 413`, async () => {
        const failed = await fails(caller, { model: modelOf('sim') }, { mode }, 'x'.repeat(120_000))
        assert.equal(failed.status, 413)
      })

      test(`${place}: who aborts is let go, and so is the provider`, async () => {
        const before = sandbox.callerLeftAtMs.length
        const asked = sandbox.attempts.length
        const leaving = new AbortController()
        const call = caller
          .open(url, { model: modelOf('silent') }, { mode, signal: leaving.signal })
          .say('Hi')
        for (let waits = 0; sandbox.attempts.length === asked && waits < 300; waits += 1)
          await systemClock.sleep(10)
        leaving.abort()
        assert.equal(caller.read(await errorOf(call)).type, 'APIUserAbortError')
        for (let waits = 0; sandbox.callerLeftAtMs.length === before && waits < 300; waits += 1)
          await systemClock.sleep(10)
        assert.equal(sandbox.callerLeftAtMs.length, before + 1)
      })
    }

for (const caller of callers)
  for (const outbound of outbounds)
    for (const model of ['breaks', 'cut'])
      test(`${caller.name} over ${outbound}: a stream that ${model} and nobody can finish ends with an error`, async () => {
        const name = `${outbound}-${caller.dialect}-streamed-${model}/${model}`
        const failed = await fails(caller, { model: name }, { mode: 'streamed' })
        assert.match(failed.message, /the stream broke/)
      })
