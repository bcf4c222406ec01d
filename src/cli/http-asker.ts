/** Asks a running gateway for one line of a batch, over HTTP. */

import { Agent, request as ask, type IncomingHttpHeaders } from 'node:http'
import { request as askSafely, Agent as SafeAgent } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import { reasonOf } from '../base/reason.ts'
import { isRecord, parseJson } from '../base/text.ts'
import type { BatchLine, LineResult } from '../server/batch/batch-line.ts'
import type { Asked } from '../server/batch/run-lines.ts'

export interface HttpAsker {
  ask(line: BatchLine, signal: AbortSignal): Promise<Asked>
  close(): Promise<void>
}

/** The gateway's own limits end a request; this one only keeps a dead connection from staying for ever, ms. */
const longestMs = 900_000

/** `url` is the gateway's address; the key is sent as the caller's own. */
export function createHttpAsker(url: string, key: string | undefined, connections: number): HttpAsker {
  const isSafe = url.startsWith('https:')
  const rules = { keepAlive: true, maxSockets: connections, timeout: longestMs }
  const agent = isSafe ? new SafeAgent(rules) : new Agent(rules)
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  }
  const post = (path: string, body: string, signal: AbortSignal) =>
    new Promise<Head & { readonly text: string }>((resolve, reject) => {
      const sent = { ...headers, 'content-length': Buffer.byteLength(body) }
      const options = { method: 'POST', agent, headers: sent, signal }
      const request = (isSafe ? askSafely : ask)(new URL(path, url), options, (answer) => {
        const head = { statusCode: answer.statusCode ?? 0, headers: answer.headers }
        textOf(answer).then((text) => resolve({ ...head, text }), reject)
      })
      request.on('timeout', () => request.destroy(new Error(`no answer within ${longestMs} ms`)))
      request.on('error', reject)
      request.end(body)
    })
  return {
    async ask({ number, customId, url: path, body }, signal) {
      try {
        const answer = await post(path, JSON.stringify({ ...body, stream: false }), signal)
        return readAnswer({ number, customId }, answer, answer.text)
      } catch (error) {
        const message = reasonOf(error)
        const otherwise: LineResult = { number, customId, error: { code: 'gateway_unreachable', message } }
        return { againInMs: 1_000, otherwise }
      }
    },
    async close() {
      agent.destroy()
    },
  }
}

interface Head {
  readonly statusCode: number
  readonly headers: Readonly<IncomingHttpHeaders>
}

function readAnswer(
  of: Pick<LineResult, 'number' | 'customId'>,
  { statusCode: status, headers }: Head,
  text: string,
): Asked {
  const parsed = parseJson(text)
  const body = isRecord(parsed) ? parsed : { text }
  const response = { status, requestId: String(headers['x-request-id'] ?? ''), body }
  if (status < 300) return { ...of, response }
  const error = isRecord(body['error']) ? body['error'] : {}
  const failed: LineResult = {
    ...of,
    response,
    error: { code: String(error['code'] ?? status), message: String(error['message'] ?? text.slice(0, 500)) },
  }
  const seconds = Number(headers['retry-after'])
  const isPassing = (status === 429 || status === 503) && error['code'] !== 'insufficient_quota'
  return isPassing ? { againInMs: seconds > 0 ? seconds * 1_000 : 1_000, otherwise: failed } : failed
}
