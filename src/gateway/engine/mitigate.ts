/** Has the prompt of a refused request rewritten, once as configured, and notes what was done. */

import { failed, type Outcome } from '../../base/outcome.ts'
import type { ChatRequest } from '../../protocol/chat.ts'
import type { Fault } from '../../protocol/fault.ts'
import type { RewriteNote } from '../../protocol/ledger-entry.ts'
import { withMessages } from '../policy/rewrite-prompt.ts'
import type { Rephrased } from './engine-port.ts'
import type { Session } from './session.ts'

/** Whether the step may be taken; the decision itself is the policy's. */
export function mayMitigate(session: Session, fault: Fault | undefined): boolean {
  const { config, asked, policies } = session
  const route = config.routes.get(asked.request.model)
  // Vectors of other words would be vectors of another text.
  if (fault === undefined || !route?.rewrite || asked.dialectName === 'embeddings') return false
  const { attempts, harmful } = config.rewriter
  const isAllowed = asked.extension.rewrite !== false
  const done = session.rewriting().notes.length
  return policies.mayRewrite({ fault, isAllowed, done, attempts, harmful })
}

/** Undefined where the rewriter failed: the request then ends with the fault it had. */
export async function mitigate(session: Session): Promise<ChatRequest | undefined> {
  const { parts, asked, log } = session
  const before = session.rewriting()
  const beforeHash = await parts.notary.hashPrompt(before.request, asked.tenant)
  const startedMs = log.nowMs()
  log.publish('prompt.humanization.attempt', { beforeHash })
  const outcome = await guarded(session, before.request)
  const rewritten = outcome.ok ? withMessages(before.request, outcome.value.messages) : undefined
  const times = { startedMs, endedMs: log.nowMs(), beforeHash }
  if (!outcome.ok || rewritten === undefined) {
    const reason = outcome.ok ? 'the rewriter changed more than texts, or none' : outcome.fault
    log.publish('prompt.humanization.failure', { reason, beforeHash })
    session.rewrote({ ...before, notes: [...before.notes, { ...times, reason }] })
    return undefined
  }
  const afterHash = await parts.notary.hashPrompt(rewritten, asked.tenant)
  log.publish('prompt.humanization.success', { beforeHash, afterHash })
  const note: RewriteNote = { ...times, afterHash, ...noteOf(outcome.value) }
  session.rewrote({ request: rewritten, notes: [...before.notes, note] })
  return rewritten
}

function noteOf({ provider, model, usage, costUsd }: Rephrased): Partial<RewriteNote> {
  return {
    ...(provider && model ? { provider, model } : {}),
    ...(usage ? { inputTokens: usage.input, outputTokens: usage.output } : {}),
    ...(costUsd ? { costUsd } : {}),
  }
}

/** A rewriter may be anybody's code: it is given its time and no more, and what it throws is a reason. */
async function guarded(session: Session, { messages }: ChatRequest): Promise<Outcome<Rephrased, string>> {
  const { parts, asked, config } = session
  const leftMs = Math.min(session.leftMs(), config.rewriter.timeoutMs)
  const controller = new AbortController()
  const end = () => controller.abort()
  asked.signal.addEventListener('abort', end, { once: true })
  let cancel = () => {}
  const late = new Promise<Outcome<Rephrased, string>>((resolve) => {
    cancel = parts.clock.after(leftMs, () => {
      resolve(failed(`the rewriter took longer than ${Math.round(leftMs)} ms`))
      end()
    })
  })
  try {
    const call = { signal: controller.signal, leftMs, tenant: asked.tenant }
    return await Promise.race([session.rewriter.rephraseForPolicyCompliance(messages, call), late])
  } catch (error) {
    return failed(error instanceof Error ? `the rewriter failed: ${error.message}` : 'the rewriter failed')
  } finally {
    cancel()
    asked.signal.removeEventListener('abort', end)
  }
}
