/** Asks one question of a stage: from the cache where it was answered before, held to its schema, once more with more room where it was cut. */

import { createHash } from 'node:crypto'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { isRecord, parseJson } from '../../base/text.ts'
import { sumUsd } from '../../gateway/policy/sum-usd.ts'
import { fenced, fenceFor, type Section } from './fenced-text.ts'
import type { CountTokens } from './split-run.ts'
import type { SendStage, StageCache, StageReply, StageRequest, StageTally } from './stage-desk.ts'
import { promptVersion, stageInstructions } from './stage-prompts.ts'
import { jsonSchemaOf, type Stage, type StageAnswer, stageSchemas } from './stage-schemas.ts'

export interface StageDesk {
  readonly send: SendStage
  readonly count: CountTokens
  readonly cache: StageCache
  /** Name of the model or route, part of every key; and whose answers these are. */
  readonly model: string
  readonly tenant: string
  readonly tally: StageTally
  readonly maxCostUsd?: number | undefined
  /** Tokens one call may take, answer included. */
  readonly callTokens: number
  readonly signal: AbortSignal
}

export interface StageQuestion<Name extends Stage> {
  readonly stage: Name
  readonly sections: readonly Section[]
  readonly maxOutputTokens: number
}

export async function askStage<Name extends Stage>(
  desk: StageDesk,
  question: StageQuestion<Name>,
): Promise<Outcome<StageAnswer<Name>, string>> {
  const request = await writeQuestion(desk, question)
  const key = keyOf(desk, request)
  const kept = await desk.cache.get(key)
  const known = readAnswer(question.stage, kept)
  if (known.ok) {
    reuse(desk.tally, kept)
    return known
  }
  const first = await sendOnce(desk, question.stage, request)
  if (first.kind === 'answer') return keep(desk, key, first.answer)
  if (first.kind === 'failed') return failed(first.why)
  const room = Math.min(request.maxOutputTokens * 2, desk.callTokens - request.inputTokens)
  const second = await sendOnce(desk, question.stage, {
    ...request,
    maxOutputTokens: Math.max(room, request.maxOutputTokens),
  })
  if (second.kind === 'answer') return keep(desk, key, second.answer)
  return failed(second.kind === 'failed' ? second.why : `${second.why}, twice`)
}

async function keep<Answer>(desk: StageDesk, key: string, answer: Answer): Promise<Outcome<Answer, string>> {
  await desk.cache.put(key, {
    answer,
    isSimulated: desk.tally.isSimulated,
    servedBy: [...desk.tally.servedBy],
  })
  return done(answer)
}

/** An answer says whose it was, however late it is used again. */
function reuse(tally: StageTally, kept: unknown): void {
  tally.reused += 1
  if (!isRecord(kept)) return
  tally.isSimulated ||= kept['isSimulated'] === true
  const by: unknown = kept['servedBy']
  if (Array.isArray(by)) for (const name of by) tally.servedBy.add(String(name))
}

/** The question as it is sent, with its size. */
export async function writeQuestion<Name extends Stage>(
  desk: Pick<StageDesk, 'count'>,
  { stage, sections, maxOutputTokens }: StageQuestion<Name>,
): Promise<StageRequest> {
  const fence = fenceFor(sections.map(({ text }) => text))
  const instructions = stageInstructions(stage, fence)
  const text = fenced(fence, sections)
  const schema = jsonSchemaOf(stage)
  const inputTokens = await desk.count(`${instructions}\n${text}\n${JSON.stringify(schema)}`)
  return { stage, instructions, text, schema, inputTokens, maxOutputTokens }
}

function keyOf({ model, tenant }: StageDesk, { stage, text, schema }: StageRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([promptVersion, tenant, model, stage, schema, text]))
    .digest('hex')
}

type Came<Name extends Stage> =
  | { readonly kind: 'answer'; readonly answer: StageAnswer<Name> }
  /** Worth asking again with more room. */
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

async function sendOnce<Name extends Stage>(
  desk: StageDesk,
  stage: Name,
  request: StageRequest,
): Promise<Came<Name>> {
  const { tally, maxCostUsd, signal } = desk
  if (maxCostUsd !== undefined && Number(sumUsd(tally.costsUsd) ?? 0) >= maxCostUsd)
    return { kind: 'failed', why: `the cost limit of ${maxCostUsd} USD is reached` }
  const sent = await desk.send(request, signal)
  if (!sent.ok) return { kind: 'failed', why: sent.fault }
  book(tally, request, sent.value)
  if (sent.value.isCut) return { kind: 'unusable', why: 'the answer was cut at its limit of tokens' }
  const read = readAnswer(stage, { answer: parseJson(unwrapped(sent.value.text)) })
  return read.ok ? { kind: 'answer', answer: read.value } : { kind: 'unusable', why: read.fault }
}

function book(tally: StageTally, { inputTokens }: StageRequest, reply: StageReply): void {
  tally.calls += 1
  tally.inputTokens += reply.usage?.input ?? inputTokens
  tally.outputTokens += reply.usage?.output ?? 0
  tally.costsUsd.push(reply.costUsd)
  tally.isSimulated ||= reply.isSimulated
  tally.servedBy.add(reply.servedBy)
}

/** Models without structured output put JSON into a block of code. */
const unwrapped = (text: string) => /^\s*```(?:json)?\s*([\s\S]*?)```\s*$/.exec(text)?.[1] ?? text

function readAnswer<Name extends Stage>(stage: Name, kept: unknown): Outcome<StageAnswer<Name>, string> {
  if (!isRecord(kept) || kept['answer'] === undefined) return failed('the answer is not JSON')
  const parsed = stageSchemas[stage].safeParse(kept['answer'])
  if (parsed.success) return done(parsed.data as StageAnswer<Name>)
  const issue = parsed.error.issues[0]
  return failed(
    `the answer does not fit its schema: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(),
  )
}
