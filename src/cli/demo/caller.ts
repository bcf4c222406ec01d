/** The demo's caller: the official OpenAI client, unchanged, that checks each answer to its last word. */

import type OpenAI from 'openai'
import { systemClock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'

export interface Ask {
  readonly model: string
  readonly prompt: string
  readonly stream: boolean
  readonly signal: AbortSignal
}

/** Ms until the answer was whole, or why there was none. Never rejects. */
export type Caller = (ask: Ask) => Promise<Outcome<number, string>>

/** Longer than the gateway's own time limit. */
const giveUpAfterMs = 15_000

/** Makes callers, or says that the client is not installed. */
export async function loadCaller(): Promise<Outcome<(address: string) => Caller, string>> {
  const client = await import('openai').catch(() => undefined)
  if (client === undefined)
    return failed(
      'the demo calls the gateway through the official "openai" package, which is not installed: npm install openai',
    )
  return done((address) => callerOf(new client.OpenAI({ ...clientOptions, baseURL: `${address}/v1` })))
}

/** Without retries of its own, so that nothing is counted as answered that was answered later. */
const clientOptions = {
  apiKey: 'demo',
  organization: null,
  project: null,
  maxRetries: 0,
  timeout: giveUpAfterMs,
}

function callerOf(client: OpenAI): Caller {
  return async (ask) => {
    const startedAtMs = systemClock.monoMs()
    try {
      const text = ask.stream ? await streamed(client, ask) : await whole(client, ask)
      if (text === undefined || !text.endsWith(` ${ask.prompt}`)) return failed('the answer was not whole')
      return done(systemClock.monoMs() - startedAtMs)
    } catch (error) {
      return failed(reasonOf(error))
    }
  }
}

const messagesOf = ({ prompt }: Ask) => [{ role: 'user' as const, content: prompt }]

async function whole(client: OpenAI, ask: Ask): Promise<string | undefined> {
  const { model, signal } = ask
  const answer = await client.chat.completions.create({ model, messages: messagesOf(ask) }, { signal })
  const choice = answer.choices[0]
  return choice?.finish_reason === 'stop' ? (choice.message.content ?? '') : undefined
}

async function streamed(client: OpenAI, ask: Ask): Promise<string | undefined> {
  const { model, signal } = ask
  const chunks = await client.chat.completions.create(
    { model, messages: messagesOf(ask), stream: true },
    { signal },
  )
  let text = ''
  let isWhole = false
  for await (const { choices } of chunks) {
    text += choices[0]?.delta.content ?? ''
    if (choices[0]?.finish_reason === 'stop') isWhole = true
  }
  return isWhole ? text : undefined
}
