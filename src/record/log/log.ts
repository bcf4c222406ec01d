/** Writes the log: lines for people on a terminal, lines of JSON for programs elsewhere. */

import { pino } from 'pino'
import type { Redact } from '../redact.ts'
import { redactRecord } from '../redact-record.ts'
import { type LogLevel, type LogLine, requestLevel, requestLine } from './log-line.ts'

export interface LogOptions {
  /** The least severe lines that are written. */
  readonly level: LogLevel | 'off'
  readonly format: 'text' | 'json'
  readonly write: (line: string) => void
  /** Now, ISO 8601 with ms in UTC. */
  readonly nowUtc: () => string
  readonly redact: Redact
}

export interface Log {
  line(line: LogLine): void
  request(record: Parameters<typeof requestLine>[0]): void
  info(message: string): void
  /** Trouble of the gateway's own: told at every level but `off`. */
  warn(message: string): void
}

/** Lines never grow beyond this, in UTF-16 units: a provider's words are no reason to fill a disk. */
const longest = 1_000

const ranks: Readonly<Record<LogLevel | 'off', number>> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 }

export function createLog(options: LogOptions): Log {
  const { level, redact } = options
  const isTold = (one: LogLevel) => ranks[one] >= ranks[level]
  const write = options.format === 'json' ? jsonWriter(options) : textWriter(options)
  const put = (told: LogLine) => write({ ...told, message: oneLine(told.message) })
  const line = (told: LogLine) => {
    if (isTold(told.level)) put(told)
  }
  return {
    line,
    request(record) {
      if (isTold(requestLevel(record))) line(requestLine(redactRecord(record, redact)))
    },
    info: (message) => line({ level: 'info', message, fields: {} }),
    warn(message) {
      if (level !== 'off') put({ level: 'warn', message, fields: {} })
    },
  }
}

type Write = (line: LogLine) => void

function textWriter({ write, nowUtc }: LogOptions): Write {
  return ({ level, message }) => write(`${nowUtc()} ${level.toUpperCase().padEnd(5)} ${message}`)
}

function jsonWriter({ write, nowUtc }: LogOptions): Write {
  const logger = pino(
    {
      level: 'debug',
      base: undefined,
      timestamp: () => `,"time":"${nowUtc()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (text: string) => write(text.trimEnd()) },
  )
  return ({ level, message, fields }) => logger[level](fields, message)
}

/** Control characters, line ends and marks that turn the writing direction become spaces: one event is one line on any terminal. */
function oneLine(text: string): string {
  const plain = text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
  return plain.length > longest ? `${plain.slice(0, longest - 3)}...` : plain
}
