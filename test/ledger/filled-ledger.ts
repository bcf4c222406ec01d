/** Real ledgers in temporary directories, filled without a gateway in front of them. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { makeId } from '../../src/base/ids.ts'
import { memoryConfig } from '../../src/config/memory-config.ts'
import { configSchema } from '../../src/config/schema.ts'
import type { LedgerOutcome, LedgerRecord } from '../../src/protocol/ledger-entry.ts'
import { type LedgerOptions, type OpenLedger, openLedger } from '../../src/record/ledger.ts'
import { createNotary, type LedgerNotary } from '../../src/record/notary.ts'
import { childEnvironment } from '../child-environment.ts'

export const defaults = memoryConfig(configSchema.parse({}))

export interface TestLedger {
  readonly dir: string
  readonly open: OpenLedger
  readonly notary: LedgerNotary
  /** Lines for the log. */
  readonly problems: readonly string[]
  remove(): void
}

export function temporary(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-ledger-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

export function ledgerOptions(dir: string, given: Partial<LedgerOptions> = {}): LedgerOptions {
  return {
    dir,
    synchronous: 'normal',
    commitWaitMs: 250,
    isRequired: () => false,
    checkpoints: { everyEntries: 10, everyMs: 60_000 },
    retention: defaults.retention,
    spillBytes: defaults.ledger.spillBytes,
    clock: systemClock,
    onProblem: () => {},
    ...given,
  }
}

/** Opens a ledger, in `given.dir` where one is named. */
export async function openTestLedger(given: Partial<LedgerOptions> = {}): Promise<TestLedger> {
  const place = given.dir === undefined ? temporary() : { dir: given.dir, remove: () => {} }
  const problems: string[] = []
  const opened = await openLedger(
    ledgerOptions(place.dir, { onProblem: (line) => void problems.push(line), ...given }),
  )
  if (!opened.ok) throw new Error(opened.fault)
  const { ledger, installationKey } = opened.value
  const notary = createNotary({ ledger, installationKey, turn: async () => {}, rules: () => defaults.ledger })
  return { dir: place.dir, open: opened.value, notary, problems, remove: place.remove }
}

export function recordOf(given: Partial<LedgerRecord> = {}, clock: Clock = systemClock): LedgerRecord {
  return {
    requestId: makeId('req', clock.wallMs()),
    traceId: 'trace',
    tenant: 'default',
    atUtc: new Date(clock.wallMs()).toISOString(),
    route: 'chat',
    dialect: 'openai',
    stream: false,
    initialPromptHash: '0'.repeat(64),
    commitments: {},
    outcome: 'SUCCESS',
    attempts: [],
    resilienceEvents: [],
    resilienceEventsLeftOut: 0,
    totalLatencyMs: 12.5,
    totalApiCalls: 1,
    finalProvider: 'house',
    finalModel: 'small',
    selectionMode: 'priority',
    rewriteAttempted: false,
    resilienceScore: 1,
    metadata: {},
    dropped: [],
    simulated: true,
    ...given,
  }
}

/** A closed ledger of so many entries, each with previews; every seventh failed. */
export async function filledLedger(
  entries: number,
  given: Partial<LedgerOptions> = {},
): Promise<{ readonly dir: string; readonly ids: readonly string[]; remove(): void }> {
  const { dir, open, notary, remove } = await openTestLedger(given)
  const ids: string[] = []
  for (let at = 1; at <= entries; at += 1) {
    const outcome: LedgerOutcome = at % 7 === 0 ? 'FAILURE' : 'SUCCESS'
    const record = recordOf({ outcome, metadata: { segment: at % 2 === 0 ? 'even' : 'odd' } })
    ids.push(record.requestId)
    await notary.record(record, { initialPrompt: `question ${at} — größer`, finalResponse: `answer ${at}` })
  }
  await open.ledger.close()
  return { dir, ids, remove }
}

const root = new URL('../..', import.meta.url).pathname

/** Runs a `ledger` command on the directory. */
export function ledgerCommand(dir: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(root, 'src/cli/main.ts'),
      'ledger',
      ...args,
      '--data',
      dir,
    ],
    { encoding: 'utf8', env: childEnvironment, timeout: 60_000, maxBuffer: 1 << 28 },
  )
  return { status, stdout, stderr }
}

export const hasPython = spawnSync('python3', ['--version']).status === 0

/** Runs the verifier of another language on an export. */
export function verifyByPython(exportFile: string, ...args: readonly string[]) {
  const script = join(root, 'docs/verify_ledger.py')
  const { status, stdout, stderr } = spawnSync('python3', [script, exportFile, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}
