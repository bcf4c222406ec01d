/** The built-in rewriter: one call to a target of its own, outside the plan of the request, with its own limits. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { ProviderConfig, RewriterConfig } from '../../config/config.ts'
import type { ChatRequest, Dialect, Message } from '../../protocol/chat.ts'
import type { Target } from '../../protocol/plan.ts'
import type { Usage } from '../../protocol/reply.ts'
import { estimateUsage } from '../policy/estimate-usage.ts'
import {
  readRewritten,
  replaceTexts,
  rewriteInstruction,
  rewriteMessages,
  textsToRewrite,
} from '../policy/rewrite-prompt.ts'
import { callOnce } from './call.ts'
import type { EngineParts, PromptRewriter, Rephrased, RewriteCall } from './engine-port.ts'
import type { HealthBook } from './health-book.ts'
import { leaseEnd } from './trying.ts'

export function createPromptRewriter(parts: EngineParts, health: HealthBook): PromptRewriter {
  return {
    async rephraseForPolicyCompliance(messages, call) {
      const config = parts.config()
      const { target, scope } = config.rewriter
      const provider = target && config.providers.get(target.provider)
      if (target === undefined || provider === undefined) return failed('no rewriter is configured')
      const texts = textsToRewrite(messages, scope)
      if (texts.length === 0) return failed('there is no text of the user to rephrase')
      const request = requestFor(texts, config.rewriter, provider)
      const dear = tooDear(parts, target, request)
      if (dear !== undefined) return failed(dear)
      const answer = await ask(parts, health, { target, provider, request, call })
      if (!answer.ok) return answer
      const read = readRewritten(answer.value.text, texts)
      const { usage } = answer.value
      if ('reason' in read) return failed(read.reason)
      return done({
        messages: replaceTexts(messages, texts, read.texts),
        ...target,
        ...paid(parts, target, usage),
      })
    },
  }
}

interface Asking {
  readonly target: Target
  readonly provider: ProviderConfig
  readonly request: ChatRequest
  readonly call: RewriteCall
}

async function ask(
  parts: EngineParts,
  health: HealthBook,
  { target, provider, request, call }: Asking,
): Promise<Outcome<{ readonly text: string; readonly usage?: Usage }, string>> {
  const adapter = parts.adapters[provider.dialect]
  const { keys, barredKeys } = health.view(target)
  const key = keys.find((one) => one.standing.kind === 'free' && !barredKeys.has(one.key))?.key
  const { timeoutMs } = parts.config().rewriter
  const leaseMs = Math.min(timeoutMs, call.leftMs)
  const secret = key === undefined ? undefined : health.secretOf(target.provider, key)
  const shut = failed('the rewriter’s target may not be called now')
  if (adapter === undefined || key === undefined || secret === undefined) return shut
  const lease = health.lend(target, key, { leaseMs, isEnforced: true })
  if (lease === undefined) return shut
  const outcome = await callOnce(parts, {
    provider,
    adapter,
    wire: adapter.writeRequest(request, {
      model: target.model,
      abilities: parts.catalogue.facts(provider, target.model),
    }),
    secret,
    stream: false,
    streamUsage: false,
    choices: 1,
    timeouts: { ...parts.config().timeouts, responseMs: timeoutMs },
    leftMs: call.leftMs,
    signal: call.signal,
  })
  health.settle(lease, leaseEnd(outcome.ok ? undefined : outcome.fault))
  if (!outcome.ok) return failed(`${outcome.fault.code}: ${outcome.fault.message}`)
  if (outcome.value.kind !== 'reply') return failed('the rewriter did not answer whole')
  const { choices, usage } = outcome.value.reply
  const text = (choices[0]?.content ?? []).map((part) => (part.kind === 'text' ? part.text : '')).join('')
  return done({ text, ...(usage ? { usage } : {}) })
}

function requestFor(texts: readonly string[], config: RewriterConfig, provider: ProviderConfig): ChatRequest {
  // A request in the target's own dialect would be sent by its body, and this one has none.
  const dialect: Dialect = provider.dialect === 'openai' ? 'anthropic' : 'openai'
  const messages: readonly Message[] = rewriteMessages(texts, config.instruction ?? rewriteInstruction)
  return {
    dialect,
    model: 'rewriter',
    messages,
    tools: [],
    maxOutputTokens: config.maxOutputTokens,
    ...(config.temperature === undefined ? {} : { temperature: config.temperature }),
    stream: false,
    streamUsage: false,
    choices: 1,
    body: {},
    unmapped: [],
  }
}

/** A model whose price is not known is not held to the limit. */
function tooDear(parts: EngineParts, target: Target, request: ChatRequest): string | undefined {
  const { maxCostUsd } = parts.config().rewriter
  const costUsd = parts.catalogue.costUsd(target, estimateUsage(request))
  if (costUsd === undefined || Number(costUsd) <= maxCostUsd) return undefined
  return `its estimated cost of ${costUsd} USD is above the limit of ${maxCostUsd} USD`
}

function paid(parts: EngineParts, target: Target, usage: Usage | undefined): Partial<Rephrased> {
  if (usage === undefined) return {}
  const costUsd = parts.catalogue.costUsd(target, usage)
  return { usage, ...(costUsd === undefined ? {} : { costUsd }) }
}
