/** From an HTTP request to a chat request of the shared language, or the fault to answer with. */

import { done, failed, type Outcome } from '../base/outcome.ts'
import type { CallerHeaders, InboundAdapter } from '../protocol/adapter.ts'
import type { ChatRequest, GivenBody } from '../protocol/chat.ts'
import { type Extension, readExtension } from '../protocol/extension.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { misdirected } from './misdirected.ts'
import { buildJsonObject, readJsonObject } from './read-body.ts'
import type { ReadText } from './read-text.ts'

export interface ReadChat {
  readonly request: ChatRequest
  readonly extension: Extension
}

/** Bodies longer than this, in UTF-16 units, are read in turns with other work. */
const longUnits = 262_144

interface Reading {
  readonly inbound: InboundAdapter
  readonly headers: CallerHeaders
  readonly turn: () => Promise<void>
}

/** A promise where the body is long. */
export function readChat(
  came: ReadText,
  reading: Reading,
): Outcome<ReadChat, Fault> | Promise<Outcome<ReadChat, Fault>> {
  if (came.text.length > longUnits) return readInTurns(came, reading)
  return chatOf(buildJsonObject(came.text), came, reading)
}

async function readInTurns(came: ReadText, reading: Reading): Promise<Outcome<ReadChat, Fault>> {
  await reading.turn()
  const body = buildJsonObject(came.text)
  await reading.turn()
  return chatOf(body, came, reading)
}

function chatOf(
  body: ReturnType<typeof buildJsonObject>,
  came: ReadText,
  { inbound, headers }: Reading,
): Outcome<ReadChat, Fault> {
  if (!body.ok) return body
  const read = parseChatBody(body.value, inbound, headers)
  const given = givenBody(body.value, came)
  if (!read.ok || given === undefined) return read
  const { request, extension } = read.value
  return done({ request: { ...request, given }, extension })
}

/** Bytes that are no UTF-8 are not passed on: what stands for them was read. */
function givenBody(of: GivenBody['of'], { text, pieces, model }: ReadText): GivenBody | undefined {
  return model === undefined || text.includes('\ufffd') ? undefined : { of, pieces, model }
}

export function parseChat(
  text: string,
  inbound: InboundAdapter,
  headers: CallerHeaders = {},
): Outcome<ReadChat, Fault> {
  const body = readJsonObject(text)
  return body.ok ? parseChatBody(body.value, inbound, headers) : body
}

export function parseChatBody(
  body: Readonly<Record<string, unknown>>,
  inbound: InboundAdapter,
  headers: CallerHeaders = {},
): Outcome<ReadChat, Fault> {
  const read = inbound.readRequest(body, { headers })
  // Looked into only where something is odd: this is the path of every request.
  if (!read.ok || read.value.unmapped.length > 0) {
    const hint = misdirected(body, inbound.dialect)
    if (hint !== undefined) return failed(makeFault('invalid_request', hint))
  }
  if (!read.ok) return read
  const extension = readExtension(body)
  return extension.ok ? done({ request: read.value, extension: extension.value }) : extension
}
