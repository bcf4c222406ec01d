/** The event store seen from the main thread: starts its worker with the first batch, and again where it has died. */

import { Worker } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { RetentionConfig } from '../config/config.ts'
import type { EventBatch, EventReply, EventSetup } from './event-schema.ts'
import type { EventStore, StoredEvent } from './recorder.ts'

export interface EventStoreOptions {
  readonly path: string
  readonly retention: RetentionConfig
  readonly clock: Clock
  /** Events were removed: to be noted in the ledger. */
  readonly onAged: (detail: { readonly removed: number; readonly beforeUtc: string }) => void
}

const closeWithinMs = 2_000

export function createEventStore(options: EventStoreOptions): EventStore {
  let worker: Promise<Outcome<Worker, string>> | undefined
  const asked = new Map<number, (written: Outcome<void, string>) => void>()
  let batches = 0
  let isClosed = false

  const hear = (reply: EventReply) => {
    if (reply.kind === 'aged') options.onAged({ removed: reply.removed, beforeUtc: reply.beforeUtc })
    if (reply.kind !== 'answered') return
    asked.get(reply.id)?.(reply.fault === undefined ? done(undefined) : failed(reply.fault))
    asked.delete(reply.id)
  }
  const lose = (reason: string) => {
    worker = undefined
    for (const answer of asked.values()) answer(failed(reason))
    asked.clear()
  }
  return {
    async write(events) {
      if (isClosed) return failed('the event store is closed')
      worker ??= start(options, hear, lose)
      const running = await worker
      if (!running.ok) {
        worker = undefined
        return running
      }
      batches += 1
      const batch: EventBatch = { id: batches, texts: events.flatMap(textsOf) }
      return new Promise((resolve) => {
        asked.set(batch.id, resolve)
        running.value.postMessage(batch)
      })
    },
    async close() {
      isClosed = true
      const running = await worker
      if (!running?.ok) return
      const late = new AbortController()
      const closed = new Promise<void>((resolve) =>
        running.value.on('message', ({ kind }: EventReply) => kind === 'closed' && resolve()),
      )
      running.value.postMessage('close')
      await Promise.race([closed, options.clock.sleep(closeWithinMs, late.signal)])
      late.abort()
      await running.value.terminate()
    },
  }
}

const textsOf = ({ eventId, atUtc, topic, severity, requestId, json }: StoredEvent) => [
  eventId,
  atUtc,
  topic,
  severity,
  requestId,
  json,
]

async function start(
  { path, retention }: EventStoreOptions,
  hear: (reply: EventReply) => void,
  lose: (reason: string) => void,
): Promise<Outcome<Worker, string>> {
  const { eventsForMs, eventsMaxBytes, everyMs } = retention
  const workerData: EventSetup = { path, eventsForMs, eventsMaxBytes, everyMs }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./event-worker.${extension}`, import.meta.url), { workerData })
  const first = await new Promise<EventReply>((resolve) => {
    worker.once('message', resolve)
    worker.once('error', (error) => resolve({ kind: 'refused', reason: error.message }))
  })
  if (first.kind !== 'open') {
    await worker.terminate()
    return failed(first.kind === 'refused' ? first.reason : 'the event store did not open')
  }
  worker.on('message', hear)
  worker.once('exit', () => lose('its writer ended'))
  return done(worker)
}
