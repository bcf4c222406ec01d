/** The report of a drill: who survived, how long it took, what the ledger says, and what would help. */

import Table from 'cli-table3'
import type { Config } from '../../config/config.ts'
import type { DrilledRequest, HitResult } from './run-hit.ts'

export interface DrillReport {
  /** Every provider was simulated. */
  readonly simulated: true
  /** Where the configuration came from. */
  readonly configuration: string
  readonly survived: boolean
  readonly results: readonly HitResult[]
}

export const makeReport = (configuration: string, results: readonly HitResult[]): DrillReport => ({
  simulated: true,
  configuration,
  survived: results.every(({ requests }) => requests.every((one) => one.survived)),
  results,
})

export function reportText(report: DrillReport, config: Config): string {
  const table = new Table({
    head: ['scenario', 'provider', 'survived', 'median', 'slowest', 'calls each', 'ended as'],
    style: { head: [], border: [] },
  })
  for (const result of report.results) table.push(rowOf(result))
  const verdict = report.survived ? 'Every request survived.' : 'Some requests did not survive:'
  return [
    `SIMULATED: every provider of ${report.configuration} was replaced by the sandbox.`,
    '',
    ...report.results.map(({ scenario, story }) => `${scenario}: ${story}`),
    '',
    table.toString(),
    '',
    verdict,
    ...report.results.flatMap((result) => lossesOf(result, config)),
    '',
    'What the ledger says, one request of each:',
    ...report.results.flatMap(sampleOf),
  ].join('\n')
}

function rowOf({ scenario, provider, requests }: HitResult): string[] {
  const took = requests.map(({ tookMs }) => tookMs).sort((one, other) => one - other)
  const survivors = requests.filter(({ survived }) => survived).length
  const calls = requests.reduce((sum, one) => sum + one.calls, 0) / requests.length
  return [
    scenario,
    provider,
    `${survivors} of ${requests.length}`,
    `${took[took.length >> 1] ?? 0} ms`,
    `${took.at(-1) ?? 0} ms`,
    calls.toFixed(1),
    [...new Set(requests.map(({ outcome }) => outcome))].join(', '),
  ]
}

/** One line for each route that lost requests, and what would have helped it. */
function lossesOf({ scenario, provider, requests }: HitResult, config: Config): string[] {
  const routes = [...new Set(requests.filter(({ survived }) => !survived).map(({ route }) => route))]
  return routes.map((route) => {
    const lost = requests.filter((one) => one.route === route && !one.survived)
    return `  ${scenario}, route ${route}: ${lost.length} lost; ${(lost[0]?.problem ?? '').replace(/\.$/, '')}. ${remedyFor(route, provider, config)}`
  })
}

export function remedyFor(route: string, provider: string, config: Config): string {
  const targets = config.routes.get(route)?.targets ?? []
  if (targets.every((target) => target.provider === provider))
    return `Remedy: add a target on another provider than ${provider} to this route.`
  return 'Remedy: raise timeouts.total_ms, or see the reasons in the JSON report (--json).'
}

function sampleOf({ scenario, requests }: HitResult): string[] {
  const most = requests.reduce<DrilledRequest | undefined>(
    (best, one) => (best === undefined || one.calls > best.calls ? one : best),
    undefined,
  )
  if (most === undefined) return []
  const by = most.answeredBy ? ` by ${most.answeredBy}` : ''
  return [
    `  ${scenario}: ${most.outcome}${by} after ${most.tookMs} ms`,
    ...most.because.map((line) => `    ${line}`),
  ]
}
