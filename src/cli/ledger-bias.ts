/** `ledger bias`: whether segments of requests were treated alike, as tables for people or JSON. */

import Table from 'cli-table3'
import { parseJson } from '../base/text.ts'
import type { LedgerEntry } from '../protocol/ledger-entry.ts'
import {
  type BiasReport,
  type ComparedMean,
  type ComparedRate,
  leastRequests,
  reportBias,
} from '../record/bias.ts'
import { gatherSamples } from '../record/bias-samples.ts'
import type { JournalReader } from '../record/ledger-reader.ts'
import { type CommonOptions, complain, instantOf, print } from './options.ts'
import { reading } from './reading.ts'

export interface BiasCommand extends CommonOptions {
  readonly by: string
  readonly reference?: string
  readonly correction: string
  readonly from?: string
  readonly to?: string
}

export function ledgerBias(options: BiasCommand): number {
  const { by, reference, correction } = options
  if (correction !== 'holm' && correction !== 'bh') {
    complain(`--correction must be holm or bh, not "${correction}"`)
    return 2
  }
  const from = instantOf('--from', options.from)
  const to = instantOf('--to', options.to)
  if (!from.ok || !to.ok) {
    for (const one of [from, to]) if (!one.ok) complain(one.fault)
    return 2
  }
  return reading(options, (reader) => {
    const samples = gatherSamples(requests(reader, from.value, to.value), by)
    if (reference !== undefined && !samples.segments.has(reference)) {
      complain(
        `no request has the tag ${by}=${reference}: there are ${[...samples.segments.keys()].join(', ') || 'none'}`,
      )
      return 1
    }
    const report = reportBias(by, samples, { correction, alpha: 0.05, ...(reference ? { reference } : {}) })
    print(options.json ? JSON.stringify(report) : reportText(report))
    return 0
  })
}

function* requests(
  reader: JournalReader,
  from: string | undefined,
  to: string | undefined,
): Generator<LedgerEntry, void> {
  for (const { json } of reader.each()) {
    const entry = parseJson(json) as LedgerEntry | { readonly kind: 'audit' }
    if ('kind' in entry || (from && entry.atUtc < from) || (to && entry.atUtc >= to)) continue
    yield entry
  }
}

const heads: Readonly<Record<string, string>> = {
  'differences found': 'Segments are treated differently.',
  'no difference shown': 'No difference between segments is shown.',
  'too little data': `Too little data: a segment and its reference need ${leastRequests} requests each.`,
}

function reportText(report: BiasReport): string {
  const { by, reference, correction, alpha, verdict, belowFourFifths, untagged, leftOut, simulated } = report
  const notes = [
    ...belowFourFifths.map(
      (segment) => `${segment}: answered less than four fifths as often as the best segment.`,
    ),
    ...(untagged > 0 ? [`${untagged} requests have no tag "${by}".`] : []),
    ...(leftOut > 0 ? [`${leftOut} requests are left out: their callers left or the process died.`] : []),
    ...(simulated > 0 ? [`${simulated} requests were SIMULATED.`] : []),
  ]
  if (reference === undefined) return [heads[verdict], ...notes].join('\n')
  const method = correction === 'holm' ? 'Holm' : 'Benjamini–Hochberg'
  return [
    heads[verdict],
    `Compared with ${by}=${reference}; intervals of ${100 * (1 - alpha)} %, p corrected by ${method}.`,
    rateTable(report.rates),
    meanTable(report.means),
    ...notes,
  ].join('\n')
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`
const chance = ({ adjustedP }: ComparedRate | ComparedMean) =>
  adjustedP === undefined ? '' : adjustedP < 0.0001 ? '< 0.0001' : adjustedP.toFixed(4)

function rateTable(rows: readonly ComparedRate[]): string {
  const table = new Table({
    head: ['share', 'segment', 'n', 'value', 'interval', 'difference', 'p', 'of best', 'finding'],
    style: { head: [], border: [] },
  })
  for (const row of rows) {
    const { measure, segment, n, share, difference, ratioToBest, finding } = row
    table.push([
      measure,
      segment,
      n,
      percent(share.value),
      `${percent(share.low)} – ${percent(share.high)}`,
      difference ? `${percent(difference.low)} – ${percent(difference.high)}` : '',
      chance(row),
      ratioToBest === undefined ? '' : ratioToBest.toFixed(2),
      finding,
    ])
  }
  return table.toString()
}

function meanTable(rows: readonly ComparedMean[]): string {
  const table = new Table({
    head: ['mean', 'segment', 'n', 'value', 'median', 'difference', 'p', 'finding'],
    style: { head: [], border: [] },
  })
  const short = (value: number) => Number(value.toPrecision(4)).toString()
  for (const row of rows) {
    const { measure, segment, n, mean, median, difference, finding } = row
    table.push([
      measure,
      segment,
      n,
      short(mean),
      short(median),
      difference ? `${short(difference.low)} – ${short(difference.high)}` : '',
      chance(row),
      finding,
    ])
  }
  return table.toString()
}
