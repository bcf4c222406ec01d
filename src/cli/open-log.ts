/** The log of a running gateway, on stderr. */

import { systemClock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { createLog, type Log } from '../record/log/log.ts'
import { createRedactor } from '../record/redact.ts'
import { complain } from './options.ts'

/** `quiet` leaves errors alone. */
export function openLog({ log, ledger }: Config, quiet: boolean): Log {
  const isText = log.format === 'text' || (log.format === 'auto' && process.stderr.isTTY === true)
  return createLog({
    level: quiet && log.level !== 'off' ? 'error' : log.level,
    format: isText ? 'text' : 'json',
    write: complain,
    nowUtc: () => new Date(systemClock.wallMs()).toISOString(),
    redact: createRedactor(ledger.redactPatterns),
  })
}

/** For commands that run a gateway for a moment: what is wrong with the gateway itself, and nothing of its requests. */
export const plainLog: Log = { line() {}, request() {}, info: complain, warn: complain }
