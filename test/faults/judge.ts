/** What holds of every answer, whatever the fault; each function returns the breaks it finds, in words. */

import { isDeepStrictEqual } from 'node:util'
import type { LedgerEntry } from '../../src/protocol/ledger-entry.ts'
import { canary } from './bad-ways.ts'
import type { Ending } from './rows.ts'
import type { Heard } from './strict-caller.ts'
import { tool } from './wire-form.ts'

export interface Judged {
  readonly heard: Heard
  readonly entry: LedgerEntry | undefined
  readonly stream: boolean
  /** The right answer's text. */
  readonly said: string
  readonly tool: boolean
  /** Ms after which every request has to be over. */
  readonly deadlineMs: number
  /** Content without end is no prefix of the right answer. */
  readonly isEndless: boolean
  readonly secrets: readonly string[]
}

/** A busy machine is late by more than the gateway is. */
const lateMs = 1_500

const successes: readonly string[] = ['SUCCESS', 'RECOVERED_SUCCESS']
const ourHeaders =
  /^(content-type|vary|content-length|cache-control|date|connection|keep-alive|transfer-encoding|retry-after|(x-)?request-id|x-should-retry|x-accel-buffering|x-adaptive-[a-z]+)$/

/** Whether the caller, by all it was given, has to take the answer for a good one. */
export const looksGood = ({ status, error, isEnded }: Heard) =>
  status === 200 && error === undefined && isEnded

export function breaksOfAnswer(judged: Judged): string[] {
  const { heard, entry, stream, isEndless, deadlineMs, said } = judged
  const found: string[] = [...heard.flaws]
  const note = (isBroken: boolean, words: string) => {
    if (isBroken) found.push(words)
  }
  const isGood = looksGood(heard)
  note(entry === undefined, 'there is no ledger entry')
  note(
    isGood !== successes.includes(entry?.outcome ?? ''),
    `the caller sees ${isGood ? 'success' : 'failure'}, the ledger says ${entry?.outcome}`,
  )
  note(heard.status === 200 && !isGood && heard.error === undefined, 'neither an end nor an error')
  note(heard.status === 200 && !stream && heard.error !== undefined, 'an error with status 200')
  note(heard.status !== 200 && heard.error === undefined, `status ${heard.status} without an envelope`)
  if (isGood) found.push(...flawsOfSuccess(judged))
  else {
    note(
      !isEndless && !said.startsWith(heard.text),
      `what was said before the error is damaged: ${heard.text.slice(-40)}`,
    )
  }
  note(heard.tookMs > deadlineMs + lateMs, `it took ${Math.round(heard.tookMs)} ms`)
  const everything = heard.bytes + JSON.stringify(heard.headers) + JSON.stringify(entry ?? {})
  for (const secret of [...judged.secrets, canary]) note(everything.includes(secret), 'a secret came out')
  for (const name of Object.keys(heard.headers)) note(!ourHeaders.test(name), `a foreign header: ${name}`)
  return found
}

function flawsOfSuccess({ heard, tool: isTool, entry, said }: Judged): string[] {
  const found: string[] = []
  if (isTool) {
    if (heard.toolName !== tool.name) found.push(`the tool is called ${heard.toolName}`)
    let given: unknown
    try {
      given = JSON.parse(heard.toolJson)
    } catch {}
    if (!isDeepStrictEqual(given, tool.arguments))
      found.push(`tool arguments: ${heard.toolJson.slice(0, 80)}`)
  } else if (heard.text !== said) found.push(`success with ${heard.text.length} of ${said.length} characters`)
  if (heard.finishes.length !== 1) found.push(`finishes: ${heard.finishes.join()}`)
  if (!heard.hasUsage) found.push('no usage for the caller')
  if (entry?.usage === undefined) found.push('no usage in the ledger')
  return found
}

/** Who answered in the end, by ledger and headers. */
export function endingOf({ entry }: Judged, firstProvider: string): Ending | 'nobody' {
  if (entry === undefined) return 'nobody'
  if (entry.outcome === 'RECOVERED_SUCCESS') return 'recovered'
  if (entry.outcome === 'SUCCESS') return entry.finalProvider === firstProvider ? 'first' : 'other'
  return entry.error?.code ?? 'nobody'
}
