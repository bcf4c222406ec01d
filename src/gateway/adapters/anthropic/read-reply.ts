/** Anthropic message → the shared form. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { ContentPart, ToolCall } from '../../../protocol/chat.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'
import type { Reply } from '../../../protocol/reply.ts'
import { filled, present } from '../present.ts'
import { readFinish } from './finish.ts'
import { readSignature } from './foreign-state.ts'
import { readError, toFault } from './read-fault.ts'
import { refusalOf } from './stop-details.ts'
import { readUsage } from './wire-usage.ts'

export function readReply(body: unknown): Outcome<Reply, Fault> {
  if (!isRecord(body)) return failed(makeFault('upstream_malformed', 'the answer is not a JSON object'))
  if (body['type'] === 'error') return failed(toFault(readError(body, 0)))
  const blocks = body['content']
  if (!Array.isArray(blocks)) return failed(makeFault('upstream_malformed', 'the answer has no content'))
  const said = readBlocks(blocks)
  const wire = filled(body['stop_reason'])
  const finish = wire === undefined ? (said.toolCalls.length > 0 ? 'tool_calls' : 'other') : readFinish(wire)
  const isSilent = said.content.length === 0 && said.toolCalls.length === 0
  if (isSilent && finish !== 'content_filter' && finish !== 'length' && said.unsupported.length === 0)
    return failed(makeFault('upstream_empty', 'the answer has no content'))
  return done({
    id: filled(body['id']) ?? '',
    model: filled(body['model']) ?? '',
    choices: [
      present({
        index: 0,
        content: said.content,
        toolCalls: said.toolCalls,
        refusal: finish === 'content_filter' ? refusalOf(body['stop_details']) : undefined,
        finish,
        finishWire: wire,
        stopSequence: filled(body['stop_sequence']),
      }),
    ],
    usage: readUsage(body['usage']),
    unsupported: said.unsupported,
  })
}

interface Said {
  readonly content: ContentPart[]
  readonly toolCalls: ToolCall[]
  readonly unsupported: string[]
}

function readBlocks(blocks: readonly unknown[]): Said {
  const said: Said = { content: [], toolCalls: [], unsupported: [] }
  for (const block of blocks) if (isRecord(block)) readBlock(block, said)
  return said
}

function readBlock(block: Record<string, unknown>, said: Said): void {
  const type = filled(block['type']) ?? 'block'
  switch (type) {
    case 'text': {
      const text = filled(block['text'])
      if (text !== undefined) said.content.push({ kind: 'text', text })
      if (Array.isArray(block['citations']) && block['citations'].length > 0)
        said.unsupported.push('citations')
      return
    }
    case 'thinking': {
      const signature = filled(block['signature'])
      const state = signature === undefined ? { from: 'anthropic' as const } : readSignature(signature)
      said.content.push({ kind: 'reasoning', text: filled(block['thinking']) ?? '', ...state })
      return
    }
    case 'redacted_thinking':
      said.content.push({
        kind: 'reasoning',
        text: '',
        redacted: filled(block['data']) ?? '',
        from: 'anthropic',
      })
      return
    case 'tool_use':
      said.toolCalls.push({
        id: filled(block['id']) ?? `call_${said.toolCalls.length}`,
        name: filled(block['name']) ?? '',
        arguments: JSON.stringify(block['input'] ?? {}),
      })
      return
    default:
      said.unsupported.push(type)
  }
}
