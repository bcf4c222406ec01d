/** One call to the simulated provider: read it, ask for the verdict, note it, carry it out. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { parseJson } from '../base/text.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import type { ChatRequest, Dialect } from '../protocol/chat.ts'
import type { Fault } from '../protocol/fault.ts'
import type { Reply } from '../protocol/reply.ts'
import type { Answerer } from './answerer.ts'
import { type EmbeddingPlace, embedAt, embeddingPlace } from './embeddings.ts'
import { limitHeaders } from './limit-headers.ts'
import { unmetDemand } from './provider-demands.ts'
import type { createRateLimits } from './rate-limits.ts'
import { replayEvents } from './replay.ts'
import type { createRuleBook } from './rules.ts'
import { type Sending, sendCut, sendEvents, sendFault, sendJson, sendText } from './send-reply.ts'
import { streamParts } from './stream-reply.ts'
import type { VectorStores } from './vector-stores.ts'
import { type Break, decide, statusOf, type Verdict, wordsFor } from './verdict.ts'

export interface SandboxAttempt {
  /** Ms on the sandbox's clock. */
  readonly atMs: number
  readonly dialect: Dialect
  readonly model: string
  readonly key: string
  /** HTTP status of the answer; 0 where none is sent. */
  readonly status: number
  readonly stream: boolean
  /** Tokens it costs where it is answered, in and out. */
  readonly tokens?: number
  /** Place of the rule that took the call, from 1. */
  readonly rule?: number
  /** What the sandbox does with the call, in a few words. */
  readonly does: string
}

/** What one simulated provider is made of. */
export interface SandboxWorld {
  readonly inbound: Readonly<Partial<Record<Dialect, InboundAdapter>>>
  readonly clock: Clock
  /** Keys that are accepted; any where undefined. */
  readonly keys: readonly string[] | undefined
  readonly tokenDelayMs: number
  readonly answerer: Answerer
  /** The rules of now: they may change while it runs. */
  readonly rules: () => ReturnType<typeof createRuleBook>
  readonly limits: ReturnType<typeof createRateLimits>
  readonly stores: VectorStores
  note(attempt: SandboxAttempt): void
  left(): void
}

interface Exchange {
  readonly world: SandboxWorld
  readonly dialect: Dialect
  readonly inbound: InboundAdapter
  readonly key: string
  readonly response: ServerResponse
  readonly wanted: Wanted
}

/** Without words the provider's filter has taken everything. */
interface Refusal {
  readonly words: string | undefined
}

/** What a call asks for, and its answer, made only where it is sent. */
interface Wanted {
  readonly model: string
  readonly stream: boolean
  readonly tokens: number
  text(refusal?: Refusal): string
  events(refusal?: Refusal): Iterable<string>
}

export async function serveCall(
  world: SandboxWorld,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const url = incoming.url ?? '/'
  const { method = 'GET', headers } = incoming
  const call = {
    method,
    path: url.split('?')[0] ?? '',
    type: headers['content-type'] ?? '',
    body: Buffer.concat(chunks),
  }
  if (await world.stores.serve(call, response)) return
  const place = embeddingPlace(url.split('?')[0] ?? '') ?? findPlace(url)
  const inbound = place && world.inbound[place.dialect]
  if (!place || !inbound)
    return sendJson(response, 404, { error: { message: 'no such path', type: 'not_found' } })
  const body = parseJson(call.body.toString('utf8'))
  const wanted = 'hints' in place ? wantedChat(world, inbound, body, place.hints) : wantedVectors(place, body)
  if (!wanted.ok) return sendJson(response, wanted.fault.status, inbound.writeFault(wanted.fault))
  response.once('close', () => {
    if (!response.writableFinished) world.left()
  })
  const { dialect } = place
  await answer({ world, dialect, inbound, wanted: wanted.value, key: keyOf(incoming), response })
}

function wantedVectors(place: EmbeddingPlace, body: unknown): Outcome<Wanted, Fault> {
  const embedded = embedAt(place, body)
  if (!embedded.ok) return embedded
  const { model, tokens, body: told } = embedded.value
  return done({ model, tokens, stream: false, text: () => JSON.stringify(told), events: () => [] })
}

interface Place {
  readonly dialect: Dialect
  readonly hints: undefined | { readonly model: string; readonly stream: boolean }
}

function findPlace(url: string): Place | undefined {
  const path = url.split('?')[0] ?? ''
  if (path.endsWith('/chat/completions')) return { dialect: 'openai', hints: undefined }
  if (path.endsWith('/responses')) return { dialect: 'responses', hints: undefined }
  if (path.endsWith('/messages')) return { dialect: 'anthropic', hints: undefined }
  const gemini = /\/models\/([^/]+):(generateContent|streamGenerateContent)$/.exec(path)
  if (!gemini) return undefined
  const hints = { model: decodeURIComponent(gemini[1] ?? ''), stream: gemini[2] === 'streamGenerateContent' }
  return { dialect: 'gemini', hints }
}

function keyOf({ headers }: IncomingMessage): string {
  const given =
    headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization?.replace(/^Bearer /i, '')
  return typeof given === 'string' ? given : ''
}

function wantedChat(
  world: SandboxWorld,
  inbound: InboundAdapter,
  body: unknown,
  hints: Place['hints'],
): Outcome<Wanted, Fault> {
  const read = inbound.readRequest(body, hints)
  if (!read.ok) return read
  const request = read.value
  const unmet = unmetDemand(request)
  if (unmet) return failed(unmet)
  const whole: Reply = {
    id: makeId('sim', world.clock.wallMs()),
    createdAtS: Math.floor(world.clock.wallMs() / 1_000),
    ...world.answerer(request),
  }
  const replyOf = (refusal: Refusal | undefined) => (refusal ? refused(whole, refusal) : whole)
  return done({
    model: request.model,
    stream: request.stream,
    tokens: (whole.usage?.input ?? 0) + (whole.usage?.output ?? 0),
    text: (refusal) => JSON.stringify(inbound.writeReply(replyOf(refusal))),
    events: (refusal) => written(inbound, request, replyOf(refusal)),
  })
}

async function answer(exchange: Exchange): Promise<void> {
  const { world, dialect, wanted, key, response } = exchange
  const { model, stream } = wanted
  const taken = world.rules().next({ model, key, dialect })
  const limit = world.limits.take(key, wanted.tokens)
  const verdict = decide({ isKeyKnown: world.keys?.includes(key) ?? true, limit, taken })
  world.note({
    atMs: world.clock.monoMs(),
    dialect,
    model,
    key,
    status: statusOf(verdict),
    stream,
    tokens: wanted.tokens,
    ...(taken ? { rule: taken.number } : {}),
    does: wordsFor(verdict),
  })
  if (taken && taken.rule.delay_ms > 0) await world.clock.sleep(taken.rule.delay_ms)
  const headers = {
    'x-simulated': 'true',
    ...limitHeaders(dialect, limit, world.clock.wallMs()),
    ...taken?.rule.headers,
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  await carryOut(exchange, verdict)
}

async function carryOut(exchange: Exchange, verdict: Verdict): Promise<void> {
  const { dialect, inbound, response, wanted } = exchange
  switch (verdict.kind) {
    case 'stall':
      return
    case 'reset':
      return void response.socket?.resetAndDestroy()
    case 'fault':
      return sendFault(response, inbound, verdict)
    case 'body':
      return sendText(response, verdict.status, verdict.text)
    case 'replay': {
      const { status, text, breaks } = verdict
      if (verdict.as === 'sse')
        return sendEvents(sendingOf(exchange, status, breaks), replayEvents(text, dialect))
      return breaks ? sendCut(response, status, text) : sendText(response, status, text)
    }
    case 'answer': {
      const { words, breaks } = verdict
      const refusal = verdict.refusal ? { words } : undefined
      if (wanted.stream) return sendEvents(sendingOf(exchange, 200, breaks), wanted.events(refusal))
      const text = wanted.text(refusal)
      return breaks ? sendCut(response, 200, text) : sendText(response, 200, text)
    }
  }
}

function sendingOf({ world, inbound, response }: Exchange, status: number, breaks?: Break): Sending {
  return { response, inbound, clock: world.clock, tokenDelayMs: world.tokenDelayMs, status, breaks }
}

function* written(inbound: InboundAdapter, request: ChatRequest, reply: Reply): Generator<string> {
  const writer = inbound.openWriter({ usage: request.streamUsage })
  for (const part of streamParts(reply)) {
    // One part may be several events, and rules and delays count events.
    const text = writer.write(part)
    if (text !== '') yield* text.split(/(?<=\n\n)(?=.)/s)
  }
}

/** In words the model declines itself, as OpenAI tells it. */
const refused = (reply: Reply, { words }: Refusal): Reply => ({
  ...reply,
  choices: reply.choices.map(({ index }) => ({
    index,
    content: [],
    toolCalls: [],
    ...(words === undefined ? { finish: 'content_filter' } : { refusal: words, finish: 'stop' }),
  })),
})
