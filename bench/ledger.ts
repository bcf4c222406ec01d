/** `npm run bench:ledger`: start and searches with a ledger of 1,000,000 entries (`--entries N` for another number). */

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/base/clock.ts'
import { makeId } from '../src/base/ids.ts'
import { seededRandom } from '../src/base/random.ts'
import { memoryConfig } from '../src/config/memory-config.ts'
import { configSchema } from '../src/config/schema.ts'
import type { LedgerFilter, LedgerOutcome, LedgerRecord } from '../src/protocol/ledger-entry.ts'
import { openAheadFile } from '../src/record/ahead-file.ts'
import { aheadFile, checkpointsFile, journalFile } from '../src/record/data-directory.ts'
import { entryLine, toJournalEntry } from '../src/record/journal-port.ts'
import { commit, openJournal, releaseLocks } from '../src/record/journal-store.ts'
import { commitTo } from '../src/record/keyed-hash.ts'
import { openLedger } from '../src/record/ledger.ts'
import { openLedgerReader } from '../src/record/ledger-reader.ts'
import { LineBlocks } from '../src/record/line-blocks.ts'
import { verifyLedger } from '../src/record/verify-ledger.ts'
import { median } from './load.ts'

const given = process.argv.indexOf('--entries')
const entries = given > 0 ? Number(process.argv[given + 1]) : 1_000_000
const batch = 1_000
const startMs = Date.UTC(2026, 0, 1)
const random = seededRandom(1)
const salt = '4'.repeat(32)
const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-bench-ledger-'))

/** Nine in ten succeed; the rest fail, leave or are rejected. */
function outcomeOf(chance: number): LedgerOutcome {
  if (chance < 0.9) return 'SUCCESS'
  if (chance < 0.97) return 'FAILURE'
  return chance < 0.999 ? 'CANCELLED' : 'REJECTED'
}

/** One entry every 250 ms. */
function entryAt(at: number) {
  const atMs = startMs + at * 250
  const prompt = `question ${at} ${'x'.repeat(150)}`
  const record: LedgerRecord = {
    requestId: makeId('req', atMs),
    traceId: makeId('req', atMs),
    tenant: 'default',
    atUtc: new Date(atMs).toISOString(),
    route: 'chat',
    dialect: 'openai',
    stream: false,
    initialPromptHash: '0'.repeat(64),
    finalResponseHash: '1'.repeat(64),
    commitments: { initialPrompt: commitTo(prompt, salt) },
    outcome: outcomeOf(random()),
    attempts: [
      {
        provider: 'house',
        model: 'small',
        key: 'key_12345678',
        startedMs: 1,
        endedMs: 400,
        next: 'done',
        because: 'the answer is complete',
      },
    ],
    resilienceEvents: [],
    resilienceEventsLeftOut: 0,
    totalLatencyMs: 400,
    totalApiCalls: 1,
    finalProvider: 'house',
    finalModel: 'small',
    selectionMode: 'priority',
    rewriteAttempted: false,
    usage: { input: 200, output: 100 },
    estimatedCostUsd: '0.000120',
    resilienceScore: 1,
    metadata: { segment: at % 2 === 0 ? 'even' : 'odd' },
    dropped: [],
    simulated: true,
  }
  const previews = { salt, json: JSON.stringify({ initialPrompt: prompt }) }
  return entryLine(toJournalEntry(record), { previews })
}

function fill(): void {
  const journal = openJournal({ dir, synchronous: 'normal', newJournalId: 'jrn_bench' })
  for (let at = 0; at < entries; at += batch) {
    const lines = new LineBlocks()
    for (let next = at; next < Math.min(at + batch, entries); next += 1) lines.add(entryAt(next))
    commit(journal, { id: at, audits: [], entries: lines.all() })
    if ((at + batch) % 100_000 === 0) process.stdout.write(`filled ${at + batch}\n`)
  }
  // As a killed process leaves it: requests in flight, and a write-ahead log that was not folded in.
  const ahead = openAheadFile(aheadFile(dir))
  for (let at = 0; at < 200; at += 1) {
    const requestId = makeId('req', startMs)
    const atUtc = new Date(startMs).toISOString()
    ahead.intend(requestId, JSON.stringify({ requestId, atUtc, tenant: 'default', route: 'chat' }))
  }
  ahead.write()
  ahead.close()
  process.stdout.write(`journal ${Math.round(statSync(journalFile(dir)).size / 1_048_576)} MB\n`)
  releaseLocks()
}

async function timeRecovery(): Promise<number> {
  const began = systemClock.monoMs()
  const { retention, ledger } = memoryConfig(configSchema.parse({}))
  const opened = await openLedger({
    dir,
    synchronous: 'normal',
    commitWaitMs: 250,
    isRequired: () => false,
    checkpoints: { everyEntries: 1_000, everyMs: 60_000, file: checkpointsFile(dir) },
    retention,
    spillBytes: ledger.spillBytes,
    clock: systemClock,
    onProblem: (line) => void process.stdout.write(`${line}\n`),
  })
  const tookMs = systemClock.monoMs() - began
  if (!opened.ok) throw new Error(opened.fault)
  if (opened.value.recovered !== 200) throw new Error(`${opened.value.recovered} recovered`)
  await opened.value.ledger.close()
  return tookMs
}

const at = (share: number) => new Date(startMs + share * entries * 250).toISOString()
const searches: Readonly<Record<string, Omit<LedgerFilter, 'limit'>>> = {
  newest: {},
  success_in_a_window: { outcome: 'SUCCESS', fromUtc: at(0.1), toUtc: at(0.2) },
  failure_in_a_window: { outcome: 'FAILURE', fromUtc: at(0.4), toUtc: at(0.41) },
  rejected_since_the_start: { outcome: 'REJECTED', fromUtc: at(0) },
  window_at_the_start: { fromUtc: at(0.001), toUtc: at(0.002) },
  failure_of_a_segment: {
    outcome: 'FAILURE',
    fromUtc: at(0.4),
    toUtc: at(0.5),
    segment: { tag: 'segment', value: 'odd' },
  },
}

function timeSearches(): Record<string, number> {
  const reader = openLedgerReader(dir)
  if (!reader.ok) throw new Error(reader.fault)
  const figures: Record<string, number> = {}
  for (const [name, filter] of Object.entries(searches)) {
    const took = Array.from({ length: 20 }, () => {
      const began = systemClock.monoMs()
      const found = reader.value.list({ limit: 50, ...filter })
      if (found.length === 0) throw new Error(`${name}: ${found.length} found`)
      return systemClock.monoMs() - began
    })
    figures[`${name}_first_ms`] = took[0] ?? 0
    figures[`${name}_p50_ms`] = median(took)
  }
  if (process.argv.includes('--verify')) {
    const began = systemClock.monoMs()
    const verdict = verifyLedger(reader.value.eachStored(), { checkpoints: [] })
    if (!verdict.ok) throw new Error(verdict.because)
    figures['verify_s'] = (systemClock.monoMs() - began) / 1_000
  }
  reader.value.close()
  return figures
}

try {
  fill()
  const recoveryMs = await timeRecovery()
  const figures = { entries, recovery_ms: recoveryMs, ...timeSearches() }
  for (const [name, value] of Object.entries(figures))
    process.stdout.write(`${name}=${Number(value.toFixed(2))}\n`)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
