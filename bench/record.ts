/** `npm run bench:record`: 10,000 events a second beside a ledger that must lose nothing, and a trace of 10,000 runs that must open at once. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/base/clock.ts'
import { memoryConfig } from '../src/config/memory-config.ts'
import { configSchema } from '../src/config/schema.ts'
import type { Topic } from '../src/protocol/events.ts'
import type { LedgerRecord } from '../src/protocol/ledger-entry.ts'
import { createBus } from '../src/record/bus.ts'
import { openLedger } from '../src/record/ledger.ts'
import { openLedgerReader } from '../src/record/ledger-reader.ts'
import { createMetrics } from '../src/record/metrics/metrics.ts'
import { createNotary } from '../src/record/notary.ts'
import { openRunStore, type RunStore } from '../src/record/runs/run-store.ts'
import { topicSeverities } from '../src/record/topics.ts'

const memory = memoryConfig(configSchema.parse({}))

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '10000' },
  },
})
const seconds = Number(values.seconds)
const runCount = Number(values.runs)
const [eventsPerSecond, entriesPerSecond, ticksPerSecond] = [10_000, 500, 50]

const say = (line: string) => void process.stdout.write(`${line}\n`)
const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-record-'))

const record = (at: number): Omit<LedgerRecord, 'commitments'> => ({
  requestId: `req_${String(at).padStart(10, '0')}`,
  traceId: `req_${String(at).padStart(10, '0')}`,
  tenant: 'default',
  atUtc: new Date(systemClock.wallMs()).toISOString(),
  route: 'chat',
  dialect: 'openai',
  stream: false,
  initialPromptHash: 'h',
  outcome: 'SUCCESS',
  attempts: [
    {
      provider: 'p',
      model: 'm',
      key: 'k',
      startedMs: 1,
      endedMs: 90,
      next: 'done',
      because: 'the answer is complete',
    },
  ],
  resilienceEvents: [],
  resilienceEventsLeftOut: 0,
  totalLatencyMs: 91,
  totalApiCalls: 1,
  selectionMode: 'priority',
  rewriteAttempted: false,
  resilienceScore: 1,
  metadata: {},
  dropped: [],
  simulated: true,
})

async function events(): Promise<boolean> {
  const ledger = await openLedger({
    dir,
    synchronous: 'normal',
    commitWaitMs: 1_000,
    isRequired: () => false,
    checkpoints: { everyEntries: 1_000, everyMs: 60_000 },
    retention: memory.retention,
    spillBytes: memory.ledger.spillBytes,
    clock: systemClock,
    onProblem: say,
  })
  if (!ledger.ok) throw new Error(ledger.fault)
  const notary = createNotary({
    ledger: ledger.value.ledger,
    installationKey: ledger.value.installationKey,
    turn: async () => {},
    rules: () => memory.ledger,
  })
  const runs = openStore()
  const bus = createBus({ clock: systemClock, source: 'bench' })
  const metrics = createMetrics({ isRoute: () => true, process: false })
  let heard = 0
  bus.subscribe(Object.keys(topicSeverities) as Topic[], () => {
    heard += 1
  })
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  let published = 0
  let entered = 0
  let late = 0
  const writing: Promise<unknown>[] = []
  const begun = systemClock.monoMs()
  for (let tick = 1; tick <= seconds * ticksPerSecond; tick += 1) {
    for (; published < (tick * eventsPerSecond) / ticksPerSecond; published += 1)
      bus.publish(
        'api.call.success',
        { provider: 'p', model: 'm', key: 'k', latencyMs: 1 },
        { requestId: 'r' },
      )
    for (; entered < (tick * entriesPerSecond) / ticksPerSecond; entered += 1) {
      const entry = record(entered)
      metrics.observe(entry)
      const written = notary.record(entry, {
        initialPrompt: 'Where is the lighthouse?',
        finalResponse: 'At the end of the pier.',
      })
      writing.push(
        written.then(({ ok }) => {
          if (!ok) late += 1
        }),
      )
    }
    const due = begun + (tick * 1_000) / ticksPerSecond
    await systemClock.sleep(Math.max(0, due - systemClock.monoMs()))
  }
  const tookS = (systemClock.monoMs() - begun) / 1_000
  await Promise.all(writing)
  await ledger.value.ledger.close()
  await runs.close(60_000)
  lag.disable()
  const reader = openLedgerReader(dir)
  if (!reader.ok) throw new Error(reader.fault)
  const kept = [...reader.value.each()].length
  reader.value.close()
  const again = openStore()
  const traced = await countTraces(again)
  await again.close()
  say(
    `events: ${published} published in ${tookS.toFixed(1)} s (${Math.round(published / tookS)}/s), ${heard} heard, ${bus.dropped()} dropped`,
  )
  say(`ledger: ${entered} entered, ${kept} kept, ${late} confirmed late; traces: ${traced}`)
  say(
    `event loop: p50 ${(lag.percentile(50) / 1e6).toFixed(1)} ms, p99 ${(lag.percentile(99) / 1e6).toFixed(1)} ms, most ${(lag.max / 1e6).toFixed(1)} ms`,
  )
  return kept === entered && traced === entered
}

const openStore = () =>
  openRunStore({
    dir,
    keeping: { payloads: { previews: 'redacted', textCharacters: 16_384 } },
    tellsRuns: false,
    clock: systemClock,
    onProblem: say,
  })

async function countTraces(store: RunStore): Promise<number> {
  let count = 0
  let cursor: string | undefined
  do {
    const filter = { limit: 500, ...(cursor ? { cursor } : {}) }
    const answer = await store.ask({ kind: 'traces', tenant: 'default', filter })
    if (!answer.ok) throw new Error(answer.fault.reason)
    const page: { traces: unknown[]; nextCursor?: string } = JSON.parse(answer.value)
    count += page.traces.length
    cursor = page.nextCursor
  } while (cursor)
  return count
}

const startMs = Date.UTC(2026, 0, 1)
const run = (at: number) => ({
  id: `run-${at}`,
  trace_id: 'large',
  ...(at === 0 ? {} : { parent_run_id: `run-${Math.floor((at - 1) / 4)}` }),
  name: `step ${at}`,
  run_type: at % 3 === 0 ? 'llm' : 'tool',
  start_time: startMs + at,
  end_time: startMs + at + 50,
  inputs: {
    messages: [{ role: 'user', content: `Question ${at}: ${'where is the lighthouse? '.repeat(10)}` }],
  },
  outputs: {
    messages: [{ role: 'assistant', content: `Answer ${at}: ${'at the end of the pier. '.repeat(10)}` }],
  },
})

async function largeTrace(): Promise<boolean> {
  const store = openStore()
  const begun = systemClock.monoMs()
  for (let from = 0; from < runCount; from += 100) {
    const post = Array.from({ length: Math.min(100, runCount - from) }, (_, at) => run(from + at))
    const bytes = new TextEncoder().encode(JSON.stringify({ post }))
    const body = { format: 'langsmith_batch', bytes, contentType: 'application/json', encoding: '' } as const
    const answer = await store.ask({ kind: 'ingest', tenant: 'default', body })
    if (!answer.ok) throw new Error(answer.fault.reason)
  }
  const ingestedMs = systemClock.monoMs() - begun
  const opened: number[] = []
  let characters = 0
  for (let i = 0; i < 5; i += 1) {
    const from = systemClock.monoMs()
    const answer = await store.ask({ kind: 'trace', tenant: 'default', traceId: 'large' })
    opened.push(systemClock.monoMs() - from)
    characters = answer.ok ? answer.value.length : 0
  }
  await store.close()
  const [fastest = 0, , middle = 0, , slowest = 0] = opened.sort((one, other) => one - other)
  say(
    `trace of ${runCount} runs: taken in ${Math.round(ingestedMs)} ms; opened in ${Math.round(fastest)}, ${Math.round(middle)}, ${Math.round(slowest)} ms (fastest, median, slowest of 5), ${(characters / 1e6).toFixed(1)} MB of JSON`,
  )
  return middle < 300
}

try {
  const isComplete = await events()
  const isQuick = await largeTrace()
  say(`record_lossless=${isComplete} trace_under_300_ms=${isQuick}`)
  process.exitCode = isComplete && isQuick ? 0 : 1
} finally {
  rmSync(dir, { recursive: true, force: true })
}
