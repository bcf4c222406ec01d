/** Log probabilities between Gemini's `logprobsResult` and OpenAI's shape, which is ours. */

import { isRecord } from '../../../base/text.ts'

type Wire = Readonly<Record<string, unknown>>

/** Undefined where the wire states none. */
export function readLogprobs(wire: unknown): unknown {
  if (!isRecord(wire)) return undefined
  const chosen = records(wire['chosenCandidates'])
  if (chosen.length === 0) return undefined
  const tops = records(wire['topCandidates'])
  const content = chosen.map((one, at) => ({
    ...readToken(one),
    top_logprobs: records(tops[at]?.['candidates']).map(readToken),
  }))
  return { content, refusal: null }
}

export function writeLogprobs(logprobs: unknown): Wire | undefined {
  if (!isRecord(logprobs)) return undefined
  const content = records(logprobs['content'])
  if (content.length === 0) return undefined
  return {
    chosenCandidates: content.map(writeToken),
    topCandidates: content.map((one) => ({ candidates: records(one['top_logprobs']).map(writeToken) })),
  }
}

const readToken = ({ token, logProbability }: Wire) => ({ token, logprob: logProbability, bytes: null })
const writeToken = ({ token, logprob }: Wire) => ({ token, logProbability: logprob })

function records(value: unknown): readonly Wire[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}
