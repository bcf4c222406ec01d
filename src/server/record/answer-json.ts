/** Sends what the run store answered, or the fault that stands for its refusal. */

import type { FastifyReply } from 'fastify'
import type { Outcome } from '../../base/outcome.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { RunRefusal } from '../../record/runs/run-questions.ts'
import type { RouteParts } from './record-parts.ts'

/** The answer is JSON text already and is not parsed again. */
export function answerJson(
  { reject }: Pick<RouteParts, 'reject'>,
  reply: FastifyReply,
  answer: Outcome<string, RunRefusal>,
  status = 200,
): void {
  if (answer.ok) reply.code(status).type('application/json; charset=utf-8').send(answer.value)
  else reject(reply, faultOf(answer.fault))
}

export function faultOf({ kind, reason }: RunRefusal): Fault {
  switch (kind) {
    case 'bad':
      return makeFault('invalid_request', reason)
    case 'missing':
      return makeFault('unknown_trace', reason)
    case 'busy':
      return makeFault('runs_unavailable', reason, { retryAfterMs: 1_000 })
    case 'failed':
      return makeFault('runs_unavailable', reason)
  }
}
