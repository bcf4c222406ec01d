/** `ledger list|show`: what is remembered, as tables for people or JSON for programs. */

import Table from 'cli-table3'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { printable } from '../base/safe-text.ts'
import type { AuditEntry, LedgerEntry, LedgerFilter, LedgerOutcome } from '../protocol/ledger-entry.ts'
import type { Attempt } from '../protocol/plan.ts'
import { createContentBox } from '../record/content-box.ts'
import { readInstallationKey } from '../record/data-directory.ts'
import type { JournalReader } from '../record/ledger-reader.ts'
import { type CommonOptions, complain, dataDirectory, instantOf, print } from './options.ts'
import { readingAll } from './reading.ts'

export interface ListOptions extends CommonOptions {
  readonly limit: string
  readonly outcome?: string
  readonly provider?: string
  readonly model?: string
  readonly tenant?: string
  readonly segment?: string
  readonly by: string
  readonly from?: string
  readonly to?: string
  readonly text?: string
  readonly audits?: boolean
}

export function ledgerList(options: ListOptions): number {
  const filter = filterOf(options)
  if (!filter.ok) {
    complain(filter.fault)
    return 2
  }
  return readingAll(options, (readers) => {
    const { limit } = filter.value
    if (options.audits)
      return listAudits(
        options,
        newestOf(
          readers.flatMap((reader) => reader.audits(limit)),
          limit,
        ),
      )
    const entries = newestOf(
      readers.flatMap((reader) => reader.list(filter.value)),
      limit,
    )
    if (options.json) print(JSON.stringify(entries))
    else if (entries.length > 0) print(listTable(entries))
    else
      print(
        readers.some((reader) => reader.list({ limit: 1 }).length > 0)
          ? 'No entry fits.'
          : 'The ledger is empty: no request has ended yet.',
      )
    return 0
  })
}

function newestOf<Entry extends { readonly atUtc: string }>(
  entries: readonly Entry[],
  limit: number,
): readonly Entry[] {
  return entries.toSorted((one, other) => (one.atUtc < other.atUtc ? 1 : -1)).slice(0, limit)
}

function filterOf(options: ListOptions): Outcome<LedgerFilter, string> {
  const { provider, model, tenant, segment, by, text } = options
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1)
    return failed(`--limit must be a whole number above 0, not "${options.limit}"`)
  const from = instantOf('--from', options.from)
  const to = instantOf('--to', options.to)
  if (!from.ok) return from
  if (!to.ok) return to
  return done({
    limit,
    provider,
    model,
    tenant,
    text,
    outcome: options.outcome as LedgerOutcome | undefined,
    segment: segment === undefined ? undefined : { tag: by, value: segment },
    fromUtc: from.value,
    toUtc: to.value,
  })
}

function listAudits(options: CommonOptions, audits: readonly AuditEntry[]): number {
  if (options.json) print(JSON.stringify(audits))
  else if (audits.length === 0) print('The ledger has noted nothing of itself.')
  for (const { atUtc, seq, action, detail } of options.json ? [] : audits)
    print(`${atUtc.slice(0, 19).replace('T', ' ')}  entry ${seq}  ${action}  ${JSON.stringify(detail)}`)
  return 0
}

function listTable(entries: readonly LedgerEntry[]): string {
  const table = new Table({
    head: ['time (UTC)', 'request', 'outcome', 'answered by', 'tries', 'ms'],
    style: { head: [], border: [] },
  })
  for (const {
    atUtc,
    requestId,
    outcome,
    finalProvider,
    finalModel,
    totalApiCalls,
    totalLatencyMs,
    simulated,
  } of entries) {
    const by = finalProvider ? `${finalProvider}/${finalModel}${simulated ? ' (simulated)' : ''}` : '-'
    table.push([
      atUtc.slice(0, 19).replace('T', ' '),
      requestId,
      outcome,
      by,
      totalApiCalls,
      Math.round(totalLatencyMs),
    ])
  }
  return table.toString()
}

export interface ShowOptions extends CommonOptions {
  readonly id: string
  /** Whole texts too, where they are kept. */
  readonly content?: boolean
}

export function ledgerShow(options: ShowOptions): number {
  return readingAll(options, (readers) => {
    const holder = readers.find((reader) => reader.show(options.id) !== undefined)
    const found = holder?.show(options.id)
    if (holder === undefined || found === undefined) {
      complain(`no single entry begins with "${options.id}": see ledger list`)
      return 1
    }
    const { entry, previews } = found
    const content = options.content ? openContent(options, holder, entry) : undefined
    if (options.json) print(JSON.stringify({ ...entry, previews, ...(content && { content }) }))
    else print(entryText(entry, previews.initialPrompt))
    if (!options.json && options.content)
      print(content ? JSON.stringify(content, null, 2) : 'Its texts are not kept, or were erased.')
    return 0
  })
}

function openContent(options: CommonOptions, reader: JournalReader, entry: LedgerEntry) {
  const key = readInstallationKey(dataDirectory(options))
  const sealed = reader.sealedContent(entry.seq)
  return key && sealed ? createContentBox(key).open(sealed, entry) : undefined
}

function entryText(entry: LedgerEntry, prompt: string | undefined): string {
  const lines = [
    `${entry.requestId}  ${entry.outcome}${entry.simulated ? '  SIMULATED' : ''}`,
    `  at ${entry.atUtc}, ${entry.totalLatencyMs} ms, route "${entry.route}", ${entry.stream ? 'streamed' : 'whole'}`,
    ...(prompt ? [`  asked: ${printable(prompt).replace(/\s+/g, ' ')}`] : []),
    ...(entry.usage
      ? [
          `  tokens: ${entry.usage.input} in, ${entry.usage.output} out${entry.estimatedCostUsd ? `, ${entry.estimatedCostUsd} USD` : ''}`,
        ]
      : []),
    ...(entry.error ? [`  error: ${entry.error.code}: ${entry.error.message}`] : []),
    ...(entry.plan?.leftOut ?? []).map(
      ({ provider, model, because }) => `  left out: ${provider}/${model}: ${because}`,
    ),
    '  tries:',
    ...entry.attempts.map(attemptText),
    `  resilience ${entry.resilienceScore}, entry ${entry.seq}, hash ${entry.hash.slice(0, 16)}…`,
  ]
  return lines.join('\n')
}

function attemptText(attempt: Attempt, at: number): string {
  const { provider, model, key, startedMs, endedMs, fault, next, because } = attempt
  const result = fault ? `${fault.code}: ${fault.message}` : 'answered'
  return `  ${at + 1}. ${provider}/${model} ${key}  ${Math.round(startedMs)}–${Math.round(endedMs)} ms  ${result}\n     → ${next}: ${because}`
}
