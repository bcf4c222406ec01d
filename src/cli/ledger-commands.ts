/** `ledger list|show`: what is remembered, as tables for people or JSON for programs. */

import Table from 'cli-table3'
import { printable } from '../base/safe-text.ts'
import type { LedgerEntry, LedgerOutcome } from '../protocol/ledger-entry.ts'
import type { Attempt } from '../protocol/plan.ts'
import { type CommonOptions, complain, print } from './options.ts'
import { reading } from './reading.ts'

export function ledgerList(
  options: CommonOptions & { readonly limit: string; readonly outcome?: string },
): number {
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1) {
    complain(`--limit must be a whole number above 0, not "${options.limit}"`)
    return 2
  }
  return reading(options, (reader) => {
    const outcome = options.outcome as LedgerOutcome | undefined
    const entries = reader.list({ limit, ...(outcome ? { outcome } : {}) })
    if (options.json) print(JSON.stringify(entries))
    else if (entries.length === 0) print('The ledger is empty: no request has ended yet.')
    else print(listTable(entries))
    return 0
  })
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

export function ledgerShow(options: CommonOptions & { readonly id: string }): number {
  return reading(options, (reader) => {
    const found = reader.show(options.id)
    if (found === undefined) {
      complain(`no single entry begins with "${options.id}": see ledger list`)
      return 1
    }
    const { entry, previews } = found
    print(options.json ? JSON.stringify({ ...entry, previews }) : entryText(entry, previews.initialPrompt))
    return 0
  })
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
