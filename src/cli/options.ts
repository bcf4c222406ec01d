/** Options every command takes, and where the data directory is. */

import { resolve } from 'node:path'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'

export interface CommonOptions {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly color?: boolean
}

export function dataDirectory({ data }: CommonOptions): string {
  return resolve(data ?? process.env['ADAPTIVE_MIND_DATA'] ?? '.adaptive-mind')
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

export function complain(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A port as it was typed; 0 is any free one. */
export function portOf(given: string): Outcome<number, string> {
  const port = /^\d+$/.test(given) ? Number(given) : -1
  if (port < 0 || port > 65_535) return failed(`--port must be a number from 0 to 65535, not "${given}"`)
  return done(port)
}

/** A time as it was typed, as ISO 8601 with ms in UTC; undefined where none was given. */
export function instantOf(option: string, given: string | undefined): Outcome<string | undefined, string> {
  if (given === undefined) return done(undefined)
  const atMs = Date.parse(given)
  if (!Number.isFinite(atMs)) return failed(`${option} must be an ISO 8601 time, not "${given}"`)
  return done(new Date(atMs).toISOString())
}

/** Why nothing listens, and what to do. */
export function portTrouble(error: unknown, { host, port }: { host: string; port: number }): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EADDRINUSE')
    return `port ${port} on ${host} is taken: end the other program, or choose another with --port`
  return `cannot listen on ${host}:${port}: ${reasonOf(error)}`
}
