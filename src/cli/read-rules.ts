/** Reads the sandbox's rules file and the recordings it names. */

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import { withRecordings } from '../sandbox/replay.ts'
import { type SandboxFile, sandboxFileSchema } from '../sandbox/rules.ts'

/** The file checked and with its recordings read; a fault is one line that names file and field. */
export function readRules(path: string): Outcome<SandboxFile, string> {
  const given = attempt(() => parse(readFileSync(path, 'utf8')))
  if (!given.ok) return failed(`${path}: ${given.fault}`)
  const file = sandboxFileSchema.safeParse(given.value ?? {})
  if (!file.success) {
    const issue = file.error.issues[0]
    const field = issue?.path.join('.')
    return failed(`${path}: ${field ? `${field}: ` : ''}${issue?.message ?? 'not valid'}`)
  }
  const whole = withRecordings(file.data, (name) =>
    attempt(() => readFileSync(resolve(dirname(path), name), 'utf8')),
  )
  return whole.ok ? whole : failed(`${path}: ${whole.fault}`)
}

function attempt<Value>(read: () => Value): Outcome<Value, string> {
  try {
    return done(read())
  } catch (error) {
    const text = reasonOf(error)
    return failed(text.split('\n')[0] ?? text)
  }
}
