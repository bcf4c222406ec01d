/** Which path speaks which dialect. */

import type { InboundAdapter } from '../protocol/adapter.ts'
import type { ServerParts } from './server-parts.ts'

/** The dialect of a path, query left aside; undefined where no chat is served there. */
export function inboundAt(inbound: ServerParts['inbound'], url: string): InboundAdapter | undefined {
  const query = url.indexOf('?')
  switch (query < 0 ? url : url.slice(0, query)) {
    case '/v1/chat/completions':
      return inbound.openai
    case '/v1/messages':
      return inbound.anthropic
    case '/v1/responses':
      return inbound.responses
    default:
      return undefined
  }
}

/** Where chat is served; the framework knows nothing of these. */
export const chatPaths: readonly string[] = ['/v1/chat/completions', '/v1/messages', '/v1/responses']

/** The dialect errors are told in: that of the path, else OpenAI's. */
export function errorDialect(inbound: ServerParts['inbound'], url: string): InboundAdapter {
  return url.startsWith('/v1/messages') ? inbound.anthropic : inbound.openai
}
