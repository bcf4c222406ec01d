/** One call to the simulated provider: read it, ask for the verdict, note it, carry it out. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { parseJson } from '../base/text.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import type { ChatRequest, Dialect } from '../protocol/chat.ts'
import type { Reply } from '../protocol/reply.ts'
import type { Answerer } from './answerer.ts'
import { limitHeaders } from './limit-headers.ts'
import type { createRateLimits } from './rate-limits.ts'
import { replayEvents } from './replay.ts'
import type { createRuleBook } from './rules.ts'
import { type Sending, sendCut, sendEvents, sendFault, sendJson, sendText } from './send-reply.ts'
import { streamParts } from './stream-reply.ts'
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
  note(attempt: SandboxAttempt): void
  left(): void
}

interface Exchange {
  readonly world: SandboxWorld
  readonly dialect: Dialect
  readonly inbound: InboundAdapter
  readonly request: ChatRequest
  readonly key: string
  readonly response: ServerResponse
}

export async function serveCall(
  world: SandboxWorld,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const place = findPlace(incoming.url ?? '/')
  const inbound = place && world.inbound[place.dialect]
  if (!place || !inbound)
    return sendJson(response, 404, { error: { message: 'no such path', type: 'not_found' } })
  const read = inbound.readRequest(parseJson(Buffer.concat(chunks).toString('utf8')), place.hints)
  if (!read.ok) return sendJson(response, read.fault.status, inbound.writeFault(read.fault))
  response.once('close', () => {
    if (!response.writableFinished) world.left()
  })
  await answer({
    world,
    dialect: place.dialect,
    inbound,
    request: read.value,
    key: keyOf(incoming),
    response,
  })
}

interface Place {
  readonly dialect: Dialect
  readonly hints?: { readonly model: string; readonly stream: boolean }
}

function findPlace(url: string): Place | undefined {
  const path = url.split('?')[0] ?? ''
  if (path.endsWith('/chat/completions')) return { dialect: 'openai' }
  if (path.endsWith('/messages')) return { dialect: 'anthropic' }
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

async function answer(exchange: Exchange): Promise<void> {
  const { world, dialect, request, key, response } = exchange
  const taken = world.rules().next({ model: request.model, key, dialect })
  const whole: Reply = {
    id: makeId('sim', world.clock.wallMs()),
    createdAtS: Math.floor(world.clock.wallMs() / 1_000),
    ...world.answerer(request),
  }
  const limit = world.limits.take(key, (whole.usage?.input ?? 0) + (whole.usage?.output ?? 0))
  const verdict = decide({ isKeyKnown: world.keys?.includes(key) ?? true, limit, taken })
  world.note({
    atMs: world.clock.monoMs(),
    dialect,
    model: request.model,
    key,
    status: statusOf(verdict),
    stream: request.stream,
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
  await carryOut(exchange, verdict, whole)
}

async function carryOut(exchange: Exchange, verdict: Verdict, whole: Reply): Promise<void> {
  const { inbound, response } = exchange
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
        return sendEvents(sendingOf(exchange, status, breaks), replayEvents(text, exchange.dialect))
      return breaks ? sendCut(response, status, text) : sendText(response, status, text)
    }
    case 'answer': {
      const reply = verdict.refusal ? refused(whole) : whole
      if (exchange.request.stream)
        return sendEvents(sendingOf(exchange, 200, verdict.breaks), written(exchange, reply))
      const text = JSON.stringify(inbound.writeReply(reply))
      return verdict.breaks ? sendCut(response, 200, text) : sendText(response, 200, text)
    }
  }
}

function sendingOf({ world, inbound, response }: Exchange, status: number, breaks?: Break): Sending {
  return { response, inbound, clock: world.clock, tokenDelayMs: world.tokenDelayMs, status, breaks }
}

function* written({ inbound, request }: Exchange, reply: Reply): Generator<string> {
  const writer = inbound.openWriter({ usage: request.streamUsage })
  for (const part of streamParts(reply)) {
    const text = writer.write(part)
    if (text !== '') yield text
  }
}

const refused = (reply: Reply): Reply => ({
  ...reply,
  choices: reply.choices.map(({ index }) => ({
    index,
    content: [],
    toolCalls: [],
    finish: 'content_filter',
  })),
})
