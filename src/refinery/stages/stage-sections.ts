/** What each stage is given to read, as sections. */

import type { Section } from './fenced-text.ts'
import type { MergedTrace } from './merge-groups.ts'
import type { RunPart } from './split-run.ts'
import type { Diagnosis, GapAnalysis } from './stage-schemas.ts'

export interface Asked {
  readonly expected: string
  readonly context: string
  /** Evaluation cases, one JSON record on each line. */
  readonly evals: string
  readonly request: string
  readonly answer: string
}

/** The name under which a group is known: `g01_trace_runs_001-006.md`. */
export function groupName(
  at: number,
  parts: readonly RunPart[],
): { readonly group: string; readonly file: string } {
  const group = `g${String(at + 1).padStart(2, '0')}`
  const places = parts.map(({ text }) => text.place)
  const place = (number: number) => String(number).padStart(3, '0')
  return { group, file: `${group}_trace_runs_${place(Math.min(...places))}-${place(Math.max(...places))}.md` }
}

export function groupSections(file: string, parts: readonly RunPart[], total: number): readonly Section[] {
  const told = new Map<string, string>()
  return [
    { title: 'group', text: `${file}\n${parts.length} of ${total} runs, in the order of the trace` },
    ...parts.flatMap(({ text, sections, part, parts: of }) => [
      { title: `run ${text.place} of ${total}${of > 1 ? `, part ${part} of ${of}` : ''}`, text: text.head },
      ...sections.map((section) => sameInstructions(told, section, text.runId)),
    ]),
  ]
}

/** Instructions stand once in a group. */
function sameInstructions(told: Map<string, string>, section: Section, runId: string): Section {
  if (section.title !== 'input system' || section.text.length < 200) return section
  const before = told.get(section.text)
  if (before !== undefined) return { ...section, text: `[the same as in run ${before}]` }
  told.set(section.text, runId)
  return section
}

const section = (title: string, text: string): readonly Section[] => (text === '' ? [] : [{ title, text }])

const askedSections = ({ expected, context, evals, request, answer }: Asked): readonly Section[] => [
  ...section('expectation', expected),
  ...section('business context', context),
  ...section('evaluation cases', evals),
  ...section('request', request),
  ...section('final answer', answer),
]

export const gapSections = (asked: Asked, merged: MergedTrace): readonly Section[] => [
  ...askedSections(asked),
  {
    title: 'timeline',
    text: lines(merged.timeline.map(({ run_id, run_name, action }) => ({ run_id, run_name, action }))),
  },
  { title: 'events', text: lines(merged.events) },
]

export interface DiagnosisMaterial {
  readonly asked: Asked
  readonly merged: MergedTrace
  readonly gaps: GapAnalysis['gaps']
  /** Instructions of the agent, each once, with the run they are from. */
  readonly prompts: readonly { readonly run_id: string; readonly text: string }[]
  readonly hints: readonly unknown[]
}

export const diagnosisSections = ({
  asked,
  merged,
  gaps,
  prompts,
  hints,
}: DiagnosisMaterial): readonly Section[] => [
  ...askedSections(asked),
  { title: 'events', text: lines(merged.events) },
  { title: 'evidence', text: lines(merged.evidence) },
  { title: 'gaps', text: lines(gaps) },
  { title: 'prompts', text: lines(prompts) },
  { title: 'detectors', text: lines(hints) },
]

export const synthesisSections = (
  asked: Asked,
  gaps: GapAnalysis['gaps'],
  diagnosis: Diagnosis,
): readonly Section[] => [
  ...askedSections({ ...asked, evals: '', answer: '' }),
  { title: 'gaps', text: lines(gaps) },
  { title: 'diagnosis', text: JSON.stringify(diagnosis) },
]

/** One JSON record on each line. */
export const lines = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).join('\n')

/** As many of the items, in their order, as fit into so many characters; how many were left out is told. */
export function shortened<Item>(
  items: readonly Item[],
  characters: number,
): { readonly kept: readonly Item[]; readonly left: number } {
  let used = 0
  const kept = items.filter((item) => {
    used += JSON.stringify(item).length + 1
    return used <= characters
  })
  return { kept, left: items.length - kept.length }
}
