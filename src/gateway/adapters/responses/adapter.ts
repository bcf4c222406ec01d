/** OpenAI's Responses as a dialect of callers: stateless, over every provider. */

import type { InboundAdapter } from '../../../protocol/adapter.ts'
import { writeFault } from '../openai/write-fault.ts'
import { readRequest } from './read-request.ts'
import { writeStreamFault } from './write-fault.ts'
import { writeReply } from './write-reply.ts'
import { openWriter } from './write-stream.ts'

export const responsesInbound: InboundAdapter = {
  dialect: 'responses',
  readRequest: (body) => readRequest(body),
  writeReply,
  openWriter,
  writeFault,
  writeStreamFault,
}
