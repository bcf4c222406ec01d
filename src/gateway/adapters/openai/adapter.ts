/** OpenAI's chat completions as a dialect, spoken by OpenAI and by all who imitate it. */

import type { InboundAdapter, OutboundAdapter } from '../../../protocol/adapter.ts'
import { readFault } from './read-fault.ts'
import { readReply } from './read-reply.ts'
import { readRequest } from './read-request.ts'
import { openStream } from './read-stream.ts'
import { writeFault, writeStreamFault } from './write-fault.ts'
import { writeReply } from './write-reply.ts'
import { writeRequest } from './write-request.ts'
import { openWriter } from './write-stream.ts'

export const openaiOutbound: OutboundAdapter = {
  dialect: 'openai',
  authorize: (key) => ['authorization', `Bearer ${key}`],
  writeRequest,
  readReply,
  openStream,
  readFault,
}

export const openaiInbound: InboundAdapter = {
  dialect: 'openai',
  readRequest: (body) => readRequest(body),
  writeReply,
  openWriter,
  writeFault,
  writeStreamFault,
}
