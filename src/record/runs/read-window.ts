/** Reads the run store's summary again, for the judgement of health. */

import { parseJson } from '../../base/text.ts'
import { asLoose, asNumber } from '../import/loose.ts'

export interface Window {
  readonly requests: number
  readonly errors: number
  readonly providers: Readonly<
    Record<string, { readonly calls: number; readonly successShare: number; readonly p50Ms?: number }>
  >
}

/** Zeroes where the summary could not be read. */
export function readWindow(json: string): Window {
  const read = asLoose(parseJson(json))
  const providers = Object.entries(asLoose(read?.['providers']) ?? {}).map(([name, value]) => {
    const row = asLoose(value)
    const p50Ms = asNumber(row?.['p50Ms'])
    const calls = asNumber(row?.['calls']) ?? 0
    const successShare = asNumber(row?.['successShare']) ?? 1
    return [name, { calls, successShare, ...(p50Ms === undefined ? {} : { p50Ms }) }] as const
  })
  return {
    requests: asNumber(read?.['requests']) ?? 0,
    errors: asNumber(read?.['errors']) ?? 0,
    providers: Object.fromEntries(providers),
  }
}
