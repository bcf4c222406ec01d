/** Looks for the answer to other words of the same meaning: asks the configured target for a vector, and compares. */

import { failed, type Outcome } from '../../base/outcome.ts'
import type { SemanticConfig } from '../../config/config.ts'
import type { EmbeddingReply, EmbeddingRequest } from '../../protocol/embedding.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { VectorCall } from '../../protocol/ledger-entry.ts'
import type { Target } from '../../protocol/plan.ts'
import { toNumbers } from '../adapters/embeddings/vector.ts'
import type { AnswerCache } from '../cache/answer-cache.ts'
import type { FoundBy } from '../cache/flights.ts'
import type { Meaning } from '../cache/semantic-index.ts'
import { alike } from '../cache/semantic-key.ts'
import type { StoredAnswer } from '../cache/stored-answer.ts'
import { callWith } from './call.ts'
import type { AnswerMeta, EngineParts } from './engine-port.ts'
import type { Opened } from './opened.ts'
import { timesOf } from './times-of.ts'
import { leaseEnd } from './trying.ts'
import { readJson } from './whole-answer.ts'

/**
 * Undefined where the route compares nothing by meaning, the request cannot be compared, its caller has a budget, which
 * a call beside the plan would not be held to, or no vector came in time: the request is then answered as any other.
 */
export async function meaningOf(opened: Opened): Promise<Meaning | undefined> {
  const { config, asked, plan } = opened
  const { semantic } = config.cache
  const isOn = config.routes.get(asked.request.model)?.cache?.semantic === true
  if (!isOn || semantic === undefined || asked.allowance?.needsPrices) return undefined
  const compared = alike({ ...asked, targets: plan.targets })
  if (compared === undefined) return undefined
  const replied = await askVector(opened, semantic, compared.text)
  const vector = replied.ok ? replied.value.vectors[0] : undefined
  if (vector === undefined) return undefined
  // Vectors of different models cannot be compared.
  const setting = `${compared.setting} ${semantic.target.provider}/${semantic.target.model}`
  return { tenant: asked.tenant, setting, vector: toNumbers(vector) }
}

async function askVector(
  opened: Opened,
  { target, waitMs }: SemanticConfig,
  text: string,
): Promise<Outcome<EmbeddingReply, Fault>> {
  const { parts, health, config, asked, log } = opened
  const provider = config.providers.get(target.provider)
  const adapter = provider && parts.adapters[provider.dialect]
  const embedding = provider && parts.embeddings?.[provider.dialect]
  const { keys, barredKeys } = health.view(target)
  const key = keys.find((one) => one.standing.kind === 'free' && !barredKeys.has(one.key))?.key
  const secret = key === undefined ? undefined : health.secretOf(target.provider, key)
  const shut = failed(makeFault('upstream_overloaded', 'the target of vectors may not be called now'))
  if (!provider || !adapter || !embedding || key === undefined || secret === undefined) return shut
  const { timeouts } = timesOf(opened)
  const leftMs = Math.min(waitMs, timeouts.totalMs - log.nowMs())
  const lease = health.lend(target, key, { leaseMs: leftMs, isEnforced: true })
  if (lease === undefined) return shut
  const request: EmbeddingRequest = {
    model: target.model,
    inputs: [text],
    encoding: 'float',
    body: { input: [text] },
    unmapped: [],
  }
  const call = {
    provider,
    adapter,
    secret,
    wire: embedding.writeRequest(request, [text], target.model),
    stream: false,
    streamUsage: false,
    choices: 1,
    timeouts,
    leftMs,
    signal: asked.signal,
  }
  const startedMs = log.nowMs()
  const outcome = await callWith(parts, call, async (answer) => {
    const json = await readJson(answer)
    return json.ok ? embedding.readReply(json.value.body, 1) : json
  })
  health.settle(lease, leaseEnd(outcome.ok ? undefined : outcome.fault))
  log.compared({ ...target, key, startedMs, endedMs: log.nowMs(), ...endOf(parts, target, outcome) })
  return outcome
}

/** What it cost, as far as the provider told its tokens; or why no vector came. */
function endOf(
  { catalogue }: Pick<EngineParts, 'catalogue'>,
  target: Target,
  outcome: Outcome<EmbeddingReply, Fault>,
): Pick<VectorCall, 'fault' | 'inputTokens' | 'costUsd'> {
  if (!outcome.ok) {
    const { code, class: faultClass, message } = outcome.fault
    return { fault: { code, class: faultClass, message } }
  }
  const { inputTokens } = outcome.value
  if (inputTokens === undefined) return {}
  const costUsd = catalogue.costUsd(target, { input: inputTokens, output: 0 })
  return { inputTokens, ...(costUsd === undefined ? {} : { costUsd }) }
}

export interface AlikeAnswer {
  readonly answer: StoredAnswer
  readonly found: Extract<FoundBy, { tier: 'semantic' }>
}

/** An answer that is no longer kept, or no longer fresh, is forgotten here, too. */
export async function findAlike(
  { config }: Pick<Opened, 'config'>,
  cache: AnswerCache<AnswerMeta>,
  meaning: Meaning,
): Promise<AlikeAnswer | undefined> {
  const like = cache.meanings.find(meaning, config.cache.semantic?.threshold ?? 1)
  if (like === undefined) return undefined
  const kept = cache.near(like.key) ?? (await cache.far(like.key))
  if (!kept?.isFresh) return void cache.meanings.delete(like.key)
  const { requestId, similarity } = like
  return { answer: kept.answer, found: { tier: 'semantic', requestId, similarity } }
}

/** For the review of such answers: the ledger says whose answer was given, and how alike the questions are. */
export function noteLikeness({ log, config }: Opened, { requestId, similarity }: AlikeAnswer['found']): void {
  const rounded = Math.round(similarity * 10_000) / 10_000
  const least = config.cache.semantic?.threshold
  log.publish(
    'cache.hit',
    { tier: 'semantic', answerOf: requestId, similarity: rounded },
    { detail: `the answer of ${requestId}, similarity ${rounded}, at least ${least}` },
  )
}
