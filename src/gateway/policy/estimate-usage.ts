/** Tokens of a request before anything is sent: a rough count for plans and caps, never for bills. */

import type { ChatRequest } from '../../protocol/chat.ts'

const charactersPerToken = 4
/** A picture or file counts as so many tokens. */
export const mediaTokens = 1_000
/** Assumed where the caller sets no limit. */
const assumedOutputTokens = 1_024

/** Input: a token for each four characters, 1,000 for each picture or file. Output: the caller's limit, else 1,024. */
export function estimateUsage(request: ChatRequest): { readonly input: number; readonly output: number } {
  let characters = 0
  let media = 0
  for (const { content } of request.messages)
    for (const part of content) {
      if (part.kind === 'text' || part.kind === 'reasoning') characters += part.text.length
      else media += 1
    }
  for (const tool of request.tools) characters += JSON.stringify(tool).length
  return {
    input: Math.ceil(characters / charactersPerToken) + media * mediaTokens,
    output: request.maxOutputTokens ?? assumedOutputTokens,
  }
}
