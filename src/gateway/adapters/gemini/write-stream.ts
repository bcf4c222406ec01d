/** Writes a streamed answer as Gemini's chunks. */

import type { StreamWriter } from '../../../protocol/adapter.ts'
import type { Dialect } from '../../../protocol/chat.ts'
import type { StreamPart, Usage } from '../../../protocol/reply.ts'
import { present } from '../present.ts'
import { writeFinish } from './finish.ts'
import { writeLogprobs } from './logprobs.ts'
import { writeUsage } from './wire-usage.ts'
import { createTime, writeCalls, writeThought } from './write-reply.ts'

type Wire = Record<string, unknown>
type ChoicePart = Extract<StreamPart, { choice: number }>

interface OpenCall {
  readonly id: string
  readonly name: string
  readonly signature?: string
  readonly from?: Dialect
  arguments: string
}

interface OpenChoice {
  readonly calls: Map<number, OpenCall>
  signature: string | undefined
  finish: string | undefined
}

/**
 * Calls go out whole, with the finish of their choice. Finish reasons go out with the usage in one last chunk:
 * clients take a stream for whole as soon as they have seen one, and drop turns with a chunk that says nothing.
 */
export function openWriter(): StreamWriter {
  const head = { responseId: '', modelVersion: '', createTime: undefined as string | undefined }
  const choices = new Map<number, OpenChoice>()
  let usage: Usage | undefined
  let facts: Readonly<Record<string, unknown>> | undefined
  let isStarted = false

  const chunk = (candidates: readonly Wire[], counts?: Usage, adaptive?: Wire): string => {
    const usageMetadata = counts === undefined ? undefined : writeUsage(counts)
    return `data: ${JSON.stringify(present({ candidates, usageMetadata, ...present(head), adaptive }))}\n\n`
  }
  const last = (): string => {
    const ended = [...choices].filter(([, { finish }]) => finish !== undefined)
    return ended.length === 0 ? '' : chunk(ended.map(writeEnd), usage, facts)
  }

  const write = (part: StreamPart): string => {
    if (part.kind === 'start') {
      if (!isStarted) Object.assign(head, { responseId: part.id, createTime: createTime(part.createdAtS) })
      isStarted = true
      head.modelVersion = part.model
    }
    if (part.kind === 'usage') usage = part.usage
    if (part.kind === 'adaptive') facts = part.facts
    if (part.kind === 'end') return last()
    if (!('choice' in part)) return ''
    const open = choices.get(part.choice) ?? { calls: new Map(), signature: undefined, finish: undefined }
    choices.set(part.choice, open)
    const { parts, logprobs } = take(open, part)
    if (parts.length === 0) return ''
    const content = { parts, role: 'model' }
    return chunk([present({ content, index: part.choice, logprobsResult: writeLogprobs(logprobs) })])
  }
  return {
    write,
    follow(part) {
      write(part)
    },
  }
}

function writeEnd([index, { signature, finish }]: [number, OpenChoice]): Wire {
  const parts = [present({ text: '', thoughtSignature: signature })]
  return { content: { parts, role: 'model' }, finishReason: finish, index }
}

/** What of a part can be told now. */
function take(open: OpenChoice, part: ChoicePart): { parts: readonly Wire[]; logprobs?: unknown } {
  switch (part.kind) {
    case 'text':
      return { parts: [{ text: part.text }], logprobs: part.logprobs }
    case 'refusal':
      return { parts: [{ text: part.text }] }
    case 'reasoning':
      return { parts: [writeThought({ text: part.text })] }
    case 'reasoning_state': {
      const isOfText = part.from === 'gemini' && part.redacted !== undefined
      if (isOfText) open.signature = part.redacted
      return { parts: isOfText ? [] : [writeThought({ ...part, text: '' })] }
    }
    case 'tool_call': {
      const { id, name, signature, from } = part
      open.calls.set(part.call, { id, name, signature, from, arguments: '' })
      return { parts: [] }
    }
    case 'tool_arguments': {
      const call = open.calls.get(part.call)
      if (call) call.arguments += part.json
      return { parts: [] }
    }
    case 'finish':
      open.finish = writeFinish(part.reason)
      return { parts: writeCalls([...open.calls.values()]) }
  }
}
