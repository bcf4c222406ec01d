import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, failed } from '../../src/base/outcome.ts'
import type { Answer, PromptRewriter } from '../../src/gateway/engine/engine-port.ts'
import type { ScriptedAnswer } from '../../src/sandbox/scripted-transport.ts'
import {
  openWorld,
  readText,
  run,
  streamPieces,
  type World,
  type WorldOptions,
  wholeAnswer,
} from './world.ts'

const providers: WorldOptions['providers'] = {
  a: { keys: ['k1'], models: ['m1'] },
  b: { keys: ['k1'], models: ['m1'] },
  w: { keys: ['kw'], models: ['small'] },
}
const asked = { messages: [{ role: 'user', content: 'How do I kill a process?' }] }
const better = 'How do I end a process?'
const refusal = (message = 'flagged'): ScriptedAnswer => ({
  status: 400,
  body: JSON.stringify({
    error: { message, type: 'invalid_request_error', code: 'content_policy_violation' },
  }),
})
const rewritten: ScriptedAnswer = { body: wholeAnswer(JSON.stringify({ texts: [better] })) }

interface Told {
  /** What the first provider says of the prompt it is given. */
  readonly refuses?: (prompt: string) => ScriptedAnswer | undefined
  readonly rewriter?: ScriptedAnswer
}

function open({ refuses, rewriter = rewritten }: Told = {}, more: Partial<WorldOptions> = {}): World {
  const decide = refuses ?? ((prompt) => (prompt.includes('kill') ? refusal() : undefined))
  return openWorld({
    providers,
    route: { rewrite: true },
    config: { rewriter: { target: { provider: 'w', model: 'small' } } },
    script: ({ origin, body }) => {
      if (origin.includes('//w.')) return rewriter
      const well: ScriptedAnswer = body['stream']
        ? { pieces: streamPieces('like this') }
        : { body: wholeAnswer('like this') }
      return decide(JSON.stringify(body['messages'])) ?? well
    },
    ...more,
  })
}

const code = (answer: Answer) => (answer.kind === 'fault' ? answer.fault.code : answer.kind)
const called = (world: World) => world.transport.calls.map(({ origin }) => origin.slice(7, 8)).join('')
const told = (world: World) =>
  world.events.filter(({ topic }) => topic.startsWith('prompt.')).map(({ topic }) => topic.split('.').at(-1))

for (const stream of [true, false]) {
  test(`rewriting: a refused prompt is asked again of the same target, and both digests are entered (${stream ? 'streamed' : 'whole'})`, async () => {
    const world = open()
    const answer = await run(world, world.chat({ ...asked, stream }))
    if (answer.kind === 'stream') assert.equal((await readText(answer.chunks)).text, 'like this')
    assert.equal(called(world), 'awa')
    assert.equal(answer.kind !== 'fault' && answer.meta.outcome, 'MITIGATED_SUCCESS')
    const entry = world.ledger[0]
    assert.equal(entry?.outcome, 'MITIGATED_SUCCESS')
    assert.deepEqual([entry?.rewriteAttempted, entry?.rewriteSucceeded], [true, true])
    assert.match(entry?.initialPromptHash ?? '', /kill/)
    assert.match(entry?.finalPromptHash ?? '', /end a process/)
    const [note] = entry?.rewrites ?? []
    assert.deepEqual([note?.provider, note?.model, note?.inputTokens], ['w', 'small', 3])
    assert.deepEqual([note?.beforeHash, note?.afterHash], [entry?.initialPromptHash, entry?.finalPromptHash])
    assert.deepEqual(
      entry?.attempts.map(({ next }) => next),
      ['rewrite', 'done'],
    )
    assert.deepEqual(told(world), ['attempt', 'success'])
    assert.equal(entry?.resilienceScore, 0.7)
    assert.equal(world.clock.pending(), 0)
  })
}

test('rewriting: the provider is sent the new text in the caller’s own body', async () => {
  const sent: unknown[] = []
  const world = open(
    {},
    {
      script: ({ origin, body }) => {
        if (origin.includes('//w.')) return rewritten
        sent.push(body)
        return sent.length === 1 ? refusal() : { body: wholeAnswer('like this') }
      },
    },
  )
  await run(world, world.chat({ ...asked, logit_bias: { 1: 2 } }))
  assert.deepEqual(sent[1], {
    messages: [{ role: 'user', content: better }],
    logit_bias: { 1: 2 },
    model: 'm1',
  })
})

test('rewriting: the caller sees the new prompt on request, and not otherwise', async () => {
  for (const show of [true, false]) {
    const world = open()
    const answer = await run(world, world.chat({ ...asked, adaptive: { show_rewrite: show } }))
    assert.equal(answer.kind === 'reply' && answer.meta.rewrittenPrompt, show ? better : undefined)
  }
})

test('rewriting: refused a second time, the caller gets the provider’s reason', async () => {
  const world = open({ refuses: () => refusal('still flagged') })
  const answer = await run(world, world.chat(asked))
  assert.equal(code(answer), 'content_policy')
  assert.match(answer.kind === 'fault' ? answer.fault.message : '', /still flagged/)
  assert.equal(called(world), 'awa')
  assert.deepEqual([world.ledger[0]?.rewriteAttempted, world.ledger[0]?.rewriteSucceeded], [true, false])
})

type Not = readonly [name: string, world: World, body: Record<string, unknown>]
const never: readonly Not[] = [
  ['off where the route does not allow it', open({}, { route: {} }), {}],
  ['not where the caller forbids it', open(), { adaptive: { rewrite: false } }],
  ['not for a model addressed directly', open(), { model: 'a/m1' }],
  ['never for a harmful category', open({ refuses: () => refusal('category: self_harm') }), {}],
  [
    'not with no attempts',
    open({}, { config: { rewriter: { target: { provider: 'w', model: 'small' }, attempts: 0 } } }),
    {},
  ],
]
for (const [name, world, body] of never)
  test(`rewriting: ${name}`, async () => {
    const answer = await run(world, world.chat({ ...asked, ...body }))
    assert.equal(code(answer), 'content_policy')
    assert.equal(called(world), 'a')
    assert.deepEqual(told(world), [])
    assert.equal(world.ledger[0]?.rewriteAttempted, false)
  })

const broken: readonly [name: string, rewriter: ScriptedAnswer, reason: RegExp][] = [
  ['down', { status: 503, body: '{}' }, /upstream_overloaded/],
  ['silent', { delayMs: 600_000 }, /upstream_response_timeout|longer than 5000 ms/],
  ['prose', { body: wholeAnswer('I cannot help with that.') }, /not answer with a JSON/],
  ['refusing', { body: wholeAnswer('{"refused": true}') }, /refused/],
]
for (const [name, rewriter, reason] of broken)
  test(`rewriting: a rewriter that is ${name} leaves the refusal as it was`, async () => {
    const world = open({ rewriter })
    const answer = await run(world, world.chat(asked))
    assert.equal(code(answer), 'content_policy')
    assert.ok(world.clock.monoMs() < 5_200)
    assert.equal(called(world), 'aw')
    assert.match(world.ledger[0]?.rewrites?.[0]?.reason ?? '', reason)
    assert.match(world.ledger[0]?.attempts.at(-1)?.because ?? '', /could not be rewritten/)
    assert.deepEqual(told(world), ['attempt', 'failure'])
    assert.equal(world.clock.pending(), 0)
  })

test('rewriting: above its cost limit the rewriter is not called', async () => {
  const world = open({}, { catalogue: { costUsd: () => '0.5' } })
  assert.equal(code(await run(world, world.chat(asked))), 'content_policy')
  assert.equal(called(world), 'a')
  assert.match(world.ledger[0]?.rewrites?.[0]?.reason ?? '', /0\.5 USD is above the limit/)
})

test('rewriting: a caller who leaves meanwhile ends it', async () => {
  const world = open({ rewriter: { delayMs: 600_000 } })
  const gone = new AbortController()
  const answer = world.chat(asked, gone.signal)
  await world.clock.advance(1_000)
  gone.abort()
  await run(world, answer, 1)
  assert.equal(world.ledger[0]?.outcome, 'CANCELLED')
  assert.ok((world.transport.calls.at(-1)?.endedAtMs ?? Number.POSITIVE_INFINITY) <= 1_250)
  assert.equal(world.clock.pending(), 0)
})

const custom = (rephrase: PromptRewriter['rephraseForPolicyCompliance']): WorldOptions['rewriter'] => ({
  rephraseForPolicyCompliance: rephrase,
})
const customs: readonly [
  name: string,
  rewriter: WorldOptions['rewriter'],
  expected: string,
  reason: RegExp,
][] = [
  [
    'that works',
    custom(async (messages) =>
      done({ messages: messages.map((one) => ({ ...one, content: [{ kind: 'text', text: better }] })) }),
    ),
    'reply',
    /^$/,
  ],
  ['that gives a reason', custom(async () => failed('not today')), 'content_policy', /not today/],
  [
    'that throws',
    custom(async () => {
      throw new Error('boom')
    }),
    'content_policy',
    /boom/,
  ],
  ['that never answers', custom(() => new Promise(() => {})), 'content_policy', /longer than 5000 ms/],
  [
    'that adds a message',
    custom(async (messages) => done({ messages: [...messages, ...messages] })),
    'content_policy',
    /more than texts/,
  ],
]
for (const [name, rewriter, expected, reason] of customs)
  test(`rewriting: a rewriter of one’s own ${name}`, async () => {
    const world = open({}, { rewriter })
    assert.equal(code(await run(world, world.chat(asked))), expected)
    assert.match(world.ledger[0]?.rewrites?.[0]?.reason ?? '', reason)
    assert.equal(world.clock.pending(), 0)
  })
