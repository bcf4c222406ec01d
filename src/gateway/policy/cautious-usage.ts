/** The most a request is likely to use: for what is set aside, where too little would let several overspend at once. */

import { Buffer } from 'node:buffer'
import type { ChatRequest } from '../../protocol/chat.ts'
import { estimateUsage, mediaTokens } from './estimate-usage.ts'

/** Most tokenizers need more bytes than this for a token, in any script. */
const bytesPerToken = 3
const tokensPerMessage = 4
const tokensPerRequest = 3

/** Input: a token for each three bytes, 4 for each message, 1,000 for each picture or file. Output: as `estimateUsage`. */
export function cautiousUsage(request: ChatRequest): { readonly input: number; readonly output: number } {
  let bytes = 0
  let media = 0
  for (const { content } of request.messages)
    for (const part of content) {
      if (part.kind === 'text' || part.kind === 'reasoning') bytes += Buffer.byteLength(part.text)
      else media += 1
    }
  for (const tool of request.tools) bytes += Buffer.byteLength(JSON.stringify(tool))
  const framing = request.messages.length * tokensPerMessage + tokensPerRequest
  const input = Math.ceil(bytes / bytesPerToken) + framing + media * mediaTokens
  return { input, output: estimateUsage(request).output * (request.choices ?? 1) }
}
