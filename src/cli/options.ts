/** Options every command takes, and where the data directory is. */

import { resolve } from 'node:path'

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
