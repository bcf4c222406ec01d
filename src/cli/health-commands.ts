/** `health list|isolate|release`: circuits and keys of a running gateway. */

import { isRecord } from '../base/text.ts'
import { type AdminOptions, openAdminCall } from './admin-call.ts'
import { complain, print } from './options.ts'

type Standing = Readonly<Record<string, unknown>>

export interface HealthTarget extends AdminOptions {
  /** `PROVIDER` or `PROVIDER/MODEL`. */
  readonly target: string
  /** Fingerprint. */
  readonly key?: string
}

export function healthList(options: AdminOptions): Promise<number> {
  return show(options, 'GET', '/admin/health')
}

export function healthIsolate(options: HealthTarget & { readonly because?: string }): Promise<number> {
  const { target, key, because } = options
  return show(options, 'POST', '/admin/isolate', { target, key, because })
}

export function healthRelease(options: HealthTarget): Promise<number> {
  const { target, key } = options
  return show(options, 'POST', '/admin/release', { target, key })
}

async function show(
  options: AdminOptions,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<number> {
  const admin = openAdminCall(options)
  if (!admin.ok) {
    complain(admin.fault)
    return 2
  }
  try {
    const answer = await admin.value.call(method, path, body && JSON.stringify(body))
    if (!answer.ok) {
      complain(answer.fault)
      return 1
    }
    if (options.quiet !== true || options.json)
      print(options.json ? JSON.stringify(answer.value) : healthText(answer.value))
    return 0
  } finally {
    await admin.value.close()
  }
}

/** A line each; circuits that are closed and never failed are not told. */
function healthText(standing: Standing): string {
  const circuits = rowsOf(standing['circuits']).map((row) => {
    const name = row['model'] === undefined ? row['provider'] : `${row['provider']}/${row['model']}`
    return `circuit ${name}: ${stateText(row)}`
  })
  const keys = rowsOf(standing['keys']).map(
    (row) => `key ${row['provider']} ${row['key']}: ${stateText(row)}`,
  )
  const rest = circuits.length === 0 ? ['every circuit is closed'] : circuits
  return [...rest, ...keys].join('\n')
}

const rowsOf = (value: unknown): readonly Standing[] => (Array.isArray(value) ? value.filter(isRecord) : [])

function stateText({ state, forMs, because }: Standing): string {
  const time = typeof forMs === 'number' ? ` for ${Math.ceil(forMs / 1_000)} s` : ''
  return `${state}${time}${because === undefined ? '' : ` (${because})`}`
}
