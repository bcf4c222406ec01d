/** Writes a fault: in OpenAI's error envelope, and as the events that end a stream. */

import { isRecord } from '../../../base/text.ts'
import type { Fault } from '../../../protocol/fault.ts'
import { writeFault } from '../openai/write-fault.ts'

type Wire = Readonly<Record<string, unknown>>

const envelope = (fault: Fault): Wire => {
  const { error } = writeFault(fault)
  return isRecord(error) ? error : {}
}

/** The body of an `error` event: documented with its fields beside `type`, sent by the API in `error`; clients read either. */
export function errorOf(fault: Fault): Wire {
  const error = envelope(fault)
  return { code: error['code'], message: error['message'], param: error['param'], error }
}

/** The `error` of a failed response. */
export function failureOf(fault: Fault): Wire {
  const { code, message } = envelope(fault)
  return { code, message }
}

/** For a stream of which nothing was written yet. */
export function writeStreamFault(fault: Fault): string {
  const data = JSON.stringify({ type: 'error', sequence_number: 0, ...errorOf(fault) })
  return `event: error\ndata: ${data}\n\n`
}
