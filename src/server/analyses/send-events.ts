/** The progress of one analysis as server-sent events: what was told before, then what happens, then its end. */

import type { FastifyReply } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import type { AnalysisDesk } from './analysis-desk.ts'
import { type AnalysisNote, isOver } from './analysis-note.ts'
import { writeSummary } from './write-analysis.ts'

/** A comment now and then keeps the connection through proxies, ms. */
const beatMs = 15_000

export function sendEvents(
  reply: FastifyReply,
  first: AnalysisNote,
  { desk, clock }: { readonly desk: Pick<AnalysisDesk, 'follow'>; readonly clock: Pick<Clock, 'after'> },
): void {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  const send = (event: string, data: unknown) =>
    raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  let told = 0
  let quiet = () => {}
  let leave = () => {}
  const beat = () => {
    raw.write(': still running\n\n')
    quiet = clock.after(beatMs, beat)
  }
  const tell = (note: AnalysisNote) => {
    for (const progress of note.progress.slice(told)) send('progress', progress)
    told = note.progress.length
    if (!isOver(note)) return
    send('end', writeSummary(note))
    stop()
    raw.end()
  }
  const stop = () => {
    quiet()
    leave()
  }
  raw.once('close', stop)
  send('analysis', writeSummary(first))
  leave = desk.follow(first.id, tell)
  quiet = clock.after(beatMs, beat)
  tell(first)
}
