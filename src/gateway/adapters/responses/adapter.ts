/** OpenAI's Responses as a dialect: of callers, stateless, over every provider; and of providers that speak it. */

import type { InboundAdapter, OutboundAdapter } from '../../../protocol/adapter.ts'
import { readFault } from '../openai/read-fault.ts'
import { writeFault } from '../openai/write-fault.ts'
import { readReply } from './read-reply.ts'
import { readRequest } from './read-request.ts'
import { openStream } from './read-stream.ts'
import { writeStreamFault } from './write-fault.ts'
import { writeReply } from './write-reply.ts'
import { writeRequest } from './write-request.ts'
import { openWriter } from './write-stream.ts'

export const responsesOutbound: OutboundAdapter = {
  dialect: 'responses',
  authorize: (key) => ['authorization', `Bearer ${key}`],
  writeRequest,
  readReply,
  openStream,
  readFault,
}

export const responsesInbound: InboundAdapter = {
  dialect: 'responses',
  readRequest: (body) => readRequest(body),
  writeReply,
  openWriter,
  writeFault,
  writeStreamFault,
}
