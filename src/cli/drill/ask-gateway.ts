/** A caller of the drill: asks the gateway once, and says whether the answer is whole to its last word. */

import { Agent, request } from 'undici'
import { systemClock } from '../../base/clock.ts'
import { isRecord, parseJson } from '../../base/text.ts'
import { createSseReader } from '../../gateway/transport/sse.ts'
import { drillText } from './drill-answer.ts'

export interface Ask {
  readonly address: string
  readonly route: string
  readonly stream: boolean
}

export interface Asked {
  readonly requestId: string
  /** Undefined where the answer was whole; else why it was not. */
  readonly problem: string | undefined
  readonly tookMs: number
}

export interface Callers {
  ask(ask: Ask): Promise<Asked>
  close(): Promise<void>
}

export function openCallers(): Callers {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  return {
    async ask({ address, route, stream }) {
      const startedAtMs = systemClock.monoMs()
      const answer = await request(`${address}/v1/chat/completions`, {
        method: 'POST',
        dispatcher,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: route,
          stream,
          messages: [{ role: 'user', content: 'Say the words.' }],
        }),
      })
      const bytes = Buffer.from(await answer.body.arrayBuffer())
      return {
        requestId: String(answer.headers['x-request-id'] ?? ''),
        problem: stream && answer.statusCode === 200 ? problemOfStream(bytes) : problemOfWhole(bytes),
        tookMs: systemClock.monoMs() - startedAtMs,
      }
    },
    close: () => dispatcher.destroy(),
  }
}

function problemOfWhole(bytes: Buffer): string | undefined {
  const body = parseJson(bytes.toString('utf8'))
  const told = errorIn(body)
  if (told !== undefined) return told
  return saidIn(body, 'message') === drillText ? undefined : 'the answer is not whole'
}

function problemOfStream(bytes: Buffer): string | undefined {
  const sse = createSseReader()
  let text = ''
  let isEnded = false
  for (const { data } of [...sse.push(bytes), ...sse.end()]) {
    if (data === '[DONE]') isEnded = true
    const body = parseJson(data)
    const told = errorIn(body)
    if (told !== undefined) return told
    text += saidIn(body, 'delta')
  }
  return isEnded && text === drillText ? undefined : 'the answer is not whole'
}

function errorIn(body: unknown): string | undefined {
  const error = isRecord(body) ? body['error'] : undefined
  return isRecord(error) ? `${error['code']}: ${error['message']}` : undefined
}

function saidIn(body: unknown, where: 'message' | 'delta'): string {
  const choice: unknown = isRecord(body) && Array.isArray(body['choices']) ? body['choices'][0] : undefined
  const said = isRecord(choice) ? choice[where] : undefined
  return isRecord(said) && typeof said['content'] === 'string' ? said['content'] : ''
}
