/** Posts signed checkpoints to the address the configuration names. */

import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { createUndiciTransport } from '../gateway/transport/undici-transport.ts'
import { type CheckpointSender, createCheckpointSender } from '../record/checkpoint-sender.ts'
import { proxiesFrom } from './proxies.ts'

const connectMs = 5_000
const answerMs = 10_000

export function postCheckpoints(address: string, onProblem: (line: string) => void): CheckpointSender {
  const url = new URL(address)
  const transport = createUndiciTransport({ connectMs, proxies: proxiesFrom(process.env) })
  const post = async (body: string): Promise<Outcome<void, string>> => {
    const sent = await transport.send({
      baseUrl: url.origin,
      // The operator's own address, which may well lie in their own network.
      local: true,
      path: `${url.pathname}${url.search}`,
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(answerMs),
    })
    if (!sent.ok) return failed(sent.fault.message)
    try {
      for await (const _piece of sent.value.body);
    } catch {
      return failed('the connection broke')
    }
    const { status } = sent.value
    return status >= 200 && status < 300 ? done(undefined) : failed(`status ${status}`)
  }
  const sender = createCheckpointSender({ post, clock: systemClock, onProblem })
  return {
    send: sender.send,
    async close(withinMs) {
      await sender.close(withinMs)
      await transport.close()
    },
  }
}
