/** The sandbox's model `analyst`: answers the stages of an analysis from the text it is given, by the detectors. Simulated. */

import { isRecord } from '../../base/text.ts'
import { slicesOf, type Tokenizer } from '../../gateway/policy/count-tokens.ts'
import type { ChatRequest, Message } from '../../protocol/chat.ts'
import type { Reply } from '../../protocol/reply.ts'
import { readFenced, type Section } from '../../refinery/stages/fenced-text.ts'
import type { Stage } from '../../refinery/stages/stage-schemas.ts'
import type { Answerer } from '../answerer.ts'
import { diagnose } from './diagnose.ts'
import { findGapsIn } from './find-gaps.ts'
import { readTraceIn } from './read-trace-in.ts'
import { sumUp } from './sum-up.ts'

export const analystModel = 'analyst'

/** Everything that is not asked of `analyst`, or is no stage, goes to the other answerer. */
export function analystOr(other: Answerer, tokenizer: Tokenizer): Answerer {
  return (request) => {
    const stage = stageOf(request)
    if (request.model !== analystModel || stage === undefined) return other(request)
    const text = textOf(request.messages.filter(({ role }) => role === 'user'))
    const fence = /^=== ([0-9a-f]{12}) /.exec(text)?.[1]
    if (fence === undefined) return other(request)
    return written(request, JSON.stringify(answers[stage](readFenced(text, fence))), tokenizer)
  }
}

const answers: Readonly<Record<Stage, (sections: readonly Section[]) => unknown>> = {
  trace_analysis: readTraceIn,
  gap_analysis: findGapsIn,
  diagnosis: diagnose,
  synthesis: sumUp,
}

/** By the name of the schema, or where a dialect has no name for it by what the schema asks for. */
function stageOf({ responseFormat: format }: ChatRequest): Stage | undefined {
  if (format?.kind !== 'json_schema') return undefined
  const fields = isRecord(format.schema['properties']) ? format.schema['properties'] : {}
  if ('timeline' in fields) return 'trace_analysis'
  if ('gaps' in fields) return 'gap_analysis'
  if ('causes' in fields) return 'diagnosis'
  return 'top_findings' in fields ? 'synthesis' : undefined
}

function written(request: ChatRequest, text: string, tokenizer: Tokenizer): ReturnType<Answerer> {
  const count = (counted: string) => [...slicesOf(counted)].reduce((sum, slice) => sum + tokenizer(slice), 0)
  const schema = request.responseFormat?.kind === 'json_schema' ? request.responseFormat.schema : {}
  const output = count(text)
  const limit = request.maxOutputTokens ?? Number.POSITIVE_INFINITY
  const isCut = output > limit
  const said = isCut ? text.slice(0, Math.floor((text.length * limit) / output)) : text
  const choices: Reply['choices'] = [
    {
      index: 0,
      content: [{ kind: 'text', text: said }],
      toolCalls: [],
      finish: isCut ? 'length' : 'stop',
    },
  ]
  const input = count(`${textOf(request.messages)}\n${JSON.stringify(schema)}`)
  return {
    model: request.model,
    choices,
    usage: { input, output: isCut ? limit : output },
    unsupported: [],
  }
}

const textOf = (messages: readonly Message[]): string =>
  messages.flatMap(({ content }) => content.map((part) => (part.kind === 'text' ? part.text : ''))).join('\n')
