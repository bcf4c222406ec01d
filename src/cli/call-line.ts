/** One call to the sandbox as a line: columns for people, JSON for programs. */

import { createHash } from 'node:crypto'
import type { SandboxAttempt } from '../sandbox/serve-call.ts'

/** `12:00:01.123  openai  whole   429  small  k1  rule 1: fails: simulated error 429`, UTC. */
export function callLine(attempt: SandboxAttempt, wallMs: number): string {
  const { dialect, model, key, status, stream, rule, does } = attempt
  const time = new Date(wallMs).toISOString().slice(11, 23)
  const by = rule === undefined ? '' : `rule ${rule}: `
  const columns = [
    time,
    dialect.padEnd(9),
    stream ? 'stream' : 'whole ',
    status === 0 ? '---' : String(status),
    oneLine(model),
    keyName(key),
  ]
  return `${columns.join('  ')}  ${by}${oneLine(does)}`
}

/** The same as one JSON object, with the time as ISO 8601. */
export function callJson(attempt: SandboxAttempt, wallMs: number): string {
  const { atMs: _, key, ...rest } = attempt
  return JSON.stringify({ kind: 'call', atUtc: new Date(wallMs).toISOString(), key: keyName(key), ...rest })
}

/** Made-up keys are short and shown; one long enough to be real is shown as a hash. */
function keyName(key: string): string {
  if (key === '') return '(no key)'
  if (key.length <= 20) return oneLine(key)
  return `key_${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
}

/** What callers send cannot move the cursor. */
const oneLine = (text: string) => text.replace(/\p{Cc}/gu, ' ')
