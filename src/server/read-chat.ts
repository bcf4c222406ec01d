/** From an HTTP request to a chat request of the shared language, or the fault to answer with. */

import type { IncomingMessage } from 'node:http'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { CallerHeaders, InboundAdapter } from '../protocol/adapter.ts'
import type { ChatRequest, GivenBody } from '../protocol/chat.ts'
import { type Extension, readExtension } from '../protocol/extension.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { misdirected } from './misdirected.ts'
import { buildJsonObject, readJsonObject } from './read-body.ts'
import { type ReadText, readText } from './read-text.ts'

export interface ReadChat {
  readonly request: ChatRequest
  readonly extension: Extension
}

/** Bodies longer than this, in UTF-16 units, are read in turns with other work. */
const longUnits = 262_144

export async function readChat(
  request: IncomingMessage,
  inbound: InboundAdapter,
  { limitBytes, turn }: { readonly limitBytes: number; readonly turn: () => Promise<void> },
): Promise<Outcome<ReadChat, Fault>> {
  const came = await readText(request, limitBytes)
  if (!came.ok) return came
  const { text } = came.value
  const isLong = text.length > longUnits
  if (isLong) await turn()
  const body = buildJsonObject(text)
  if (!body.ok) return body
  if (isLong) await turn()
  const read = parseChatBody(body.value, inbound, request.headers)
  const given = givenBody(body.value, came.value)
  return read.ok && given ? done({ ...read.value, request: { ...read.value.request, given } }) : read
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
