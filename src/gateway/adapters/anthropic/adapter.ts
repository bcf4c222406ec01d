/** Anthropic's Messages as a dialect. */

import type { InboundAdapter, OutboundAdapter } from '../../../protocol/adapter.ts'
import { readFault } from './read-fault.ts'
import { readReply } from './read-reply.ts'
import { readRequest } from './read-request.ts'
import { openStream } from './read-stream.ts'
import { writeFault, writeStreamFault } from './write-fault.ts'
import { writeReply } from './write-reply.ts'
import { writeRequest } from './write-request.ts'
import { openWriter } from './write-stream.ts'

export const anthropicOutbound: OutboundAdapter = {
  dialect: 'anthropic',
  authorize: (key) => ['x-api-key', key],
  writeRequest,
  readReply,
  openStream,
  readFault,
}

export const anthropicInbound: InboundAdapter = {
  dialect: 'anthropic',
  readRequest: (body, hints) => readRequest(body, hints?.headers),
  writeReply,
  openWriter,
  writeFault,
  writeStreamFault,
}
