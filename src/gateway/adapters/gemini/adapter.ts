/** Google's generateContent as a dialect: the Gemini API and those who imitate it. */

import type { InboundAdapter, OutboundAdapter } from '../../../protocol/adapter.ts'
import { readFault } from './read-fault.ts'
import { readReply } from './read-reply.ts'
import { readRequest } from './read-request.ts'
import { openStream } from './read-stream.ts'
import { writeFault, writeStreamFault } from './write-fault.ts'
import { writeReply } from './write-reply.ts'
import { writeRequest } from './write-request.ts'
import { openWriter } from './write-stream.ts'

export const geminiOutbound: OutboundAdapter = {
  dialect: 'gemini',
  authorize: (key) => ['x-goog-api-key', key],
  writeRequest,
  readReply,
  openStream,
  readFault,
}

export const geminiInbound: InboundAdapter = {
  dialect: 'gemini',
  readRequest,
  writeReply,
  openWriter: () => openWriter(),
  writeFault,
  writeStreamFault,
}
