/** A run as the model reads it: a head, what it was told, heard and said, each a section; redacted, and nothing twice. */

import { truncate } from '../../base/text.ts'
import type { Run, RunMessage } from '../../protocol/run.ts'
import { written } from '../../record/import/loose.ts'
import { redact } from '../../record/redact.ts'
import type { Section } from './fenced-text.ts'

export interface RunText {
  readonly runId: string
  /** Place in the trace, from 1. */
  readonly place: number
  readonly head: string
  readonly sections: readonly Section[]
  /** Everything it says, as far as it is sent at all: quotes must stand in here. One text each section, for they are large. */
  readonly whole: readonly string[]
  /** Characters that are too many for any model and were left out. */
  readonly leftOut: number
}

/** A text of a run beyond it is cut in the middle, characters. */
const mostCharacters = 400_000
/** Shorter texts are repeated rather than referred to. */
const worthReferring = 200

/** Signs that show nothing: they hide words from people that a model reads. */
const unseen = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu

/** Without what is personal or secret, and without what only a model would read. */
export const sendable = (text: string): string => redact(text.replace(unseen, ''))

/** Makes one text after the other, in the order of the trace. What an earlier run has said word for word is referred to, instructions aside. */
export function openRunTexts(): (run: Run, at: number) => RunText {
  const seen = new Map<string, string>()
  return (run, at) => {
    let leftOut = 0
    const sections = sectionsOf(run).map(({ title, text }) => {
      const { kept, lost } = cut(sendable(text))
      leftOut += lost
      return { title, text: kept }
    })
    const referred = sections.map((section, place) =>
      referring(seen, section, `${run.id}, section ${place + 1}`),
    )
    return {
      runId: run.id,
      place: at + 1,
      head: headOf(run, at + 1),
      sections: referred,
      whole: sections.map(({ text }) => text),
      leftOut,
    }
  }
}

function referring(seen: Map<string, string>, { title, text }: Section, place: string): Section {
  if (text.length < worthReferring || title === 'input system') return { title, text }
  const before = seen.get(text)
  if (before !== undefined)
    return { title, text: `[the same ${text.length} characters as in run ${before}: ${truncate(text, 160)}]` }
  seen.set(text, place)
  return { title, text }
}

function cut(text: string): { readonly kept: string; readonly lost: number } {
  if (text.length <= mostCharacters) return { kept: text, lost: 0 }
  const half = mostCharacters / 2
  const lost = text.length - mostCharacters
  return { kept: `${text.slice(0, half)}\n[${lost} characters left out]\n${text.slice(-half)}`, lost }
}

function headOf(run: Run, place: number): string {
  const { id, name, runType, status, parentId, startedAtMs, endedAtMs } = run
  const start = startedAtMs === undefined ? null : isoOf(startedAtMs)
  const duration = startedAtMs === undefined || endedAtMs === undefined ? null : endedAtMs - startedAtMs
  return JSON.stringify({
    run_id: id,
    place,
    name: truncate(sendable(name), 200),
    run_type: runType,
    status,
    parent: parentId ?? null,
    start,
    duration_ms: duration,
  })
}

function isoOf(atMs: number): string | null {
  const date = new Date(atMs)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function sectionsOf(run: Run): readonly Section[] {
  const { messages, inputs, outputs, error } = run
  const given = written(inputs)
  const made = written(outputs)
  return [
    ...messages.input.flatMap((message) => messageSections('input', message)),
    ...(messages.input.length === 0 && given !== '' ? [{ title: 'inputs', text: given }] : []),
    ...messages.output.flatMap((message) => messageSections('output', message)),
    ...(messages.output.length === 0 && made !== '' ? [{ title: 'outputs', text: made }] : []),
    ...(error ? [{ title: 'error', text: error }] : []),
  ]
}

function messageSections(side: 'input' | 'output', message: RunMessage): readonly Section[] {
  const { role, text, toolCalls = [] } = message
  return [
    ...(text === '' ? [] : [{ title: `${side} ${role}`, text }]),
    ...toolCalls.map(({ id = '', name, arguments: json }) => ({
      title: `${side} call`,
      text: JSON.stringify({ id, name, arguments: json }),
    })),
  ]
}
