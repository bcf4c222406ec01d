/** Prompts and evaluation cases of a trace as files, each text once. */

import type { Run } from '../../protocol/run.ts'
import { asLoose, asText, type Loose, written } from '../../record/import/loose.ts'
import { type ModelSettings, modelSettings } from './model-settings.ts'

export interface ExtractedFile {
  /** Relative, of letters, digits, dots and dashes: safe to write below any folder. */
  readonly path: string
  readonly text: string
  /** Runs the text stands in. */
  readonly runIds: readonly string[]
}

export interface Extracted {
  readonly prompts: readonly ExtractedFile[]
  readonly evals: readonly ExtractedFile[]
  readonly models: readonly ModelSettings[]
  readonly agent: {
    readonly name?: string
    readonly project?: string
    readonly totalRuns: number
    readonly failedRuns: number
    readonly durationMs?: number
  }
}

export function extractFiles(runs: readonly Run[]): Extracted {
  const prompts = [
    ...filed(
      'system',
      'md',
      runs.flatMap((run) => promptTexts(run, 'system')),
    ),
    ...filed(
      'user',
      'md',
      runs.flatMap((run) => promptTexts(run, 'user')),
    ),
    ...filed('template', 'md', runs.flatMap(templateTexts)),
  ]
  return { prompts, evals: extractEvals(runs), models: modelSettings(runs), agent: agentOf(runs) }
}

/** What the trace itself says should have come out. */
export const extractEvals = (runs: readonly Run[]): readonly ExtractedFile[] =>
  filed('eval_case', 'json', runs.flatMap(evalCases))

/** `Extracted 3 prompt files, 1 eval file`. */
export function extractedLine({ prompts, evals }: Extracted): string {
  const counted = (count: number, what: string) => `${count} ${what} ${count === 1 ? 'file' : 'files'}`
  return `Extracted and saved ${counted(prompts.length, 'prompt')}, ${counted(evals.length, 'eval')}`
}

interface Named {
  readonly name: string
  readonly text: string
  readonly runId: string
}

/** Numbered in the order of the trace; a text that comes again only adds its run. */
function filed(kind: string, ending: string, given: readonly Named[]): readonly ExtractedFile[] {
  const byText = new Map<string, { readonly name: string; readonly runIds: Set<string> }>()
  for (const { name, text, runId } of given) {
    const known = byText.get(text)
    if (known) known.runIds.add(runId)
    else byText.set(text, { name, runIds: new Set([runId]) })
  }
  return [...byText].map(([text, { name, runIds }], at) => {
    const number = String(at + 1).padStart(2, '0')
    const tail = kind === 'eval_case' ? '' : `_${fileName(name)}`
    return { path: `${kind}_${number}${tail}.${ending}`, text, runIds: [...runIds] }
  })
}

const fileName = (name: string) =>
  name
    .replace(/[^\w-]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '') || 'run'

/** What a person said is a prompt only where a model was asked with it. */
function promptTexts({ messages, id, name, runType }: Run, role: 'system' | 'user'): readonly Named[] {
  if (role === 'user' && runType !== 'llm') return []
  return messages.input
    .filter((message) => message.role === role && message.text.trim() !== '')
    .map(({ text }) => ({ name: name || id, text, runId: id }))
}

const placeholder = /\{\{\s*[A-Za-z_][\w.]*\s*\}\}|(?<!\{)\{[A-Za-z_]\w*\}(?!\})/

/** Texts under a name that says prompt or template, with a place to fill in: JSON has none of these. */
function templateTexts({ id, inputs, metadata }: Run): readonly Named[] {
  return [...fieldsOf(inputs), ...fieldsOf(metadata)].flatMap(([name, value]) =>
    /prompt|template|instructions/i.test(name) && typeof value === 'string' && placeholder.test(value)
      ? [{ name, text: value, runId: id }]
      : [],
  )
}

function fieldsOf(value: unknown, depth = 0): readonly (readonly [string, unknown])[] {
  const given = asLoose(value)
  if (given === undefined || depth > 2) return []
  return Object.entries(given).flatMap(([name, held]) => [
    [name, held] as const,
    ...fieldsOf(held, depth + 1),
  ])
}

const expectedNames = [
  'reference_outputs',
  'reference_output',
  'expected_output',
  'expected',
  'ground_truth',
  'reference',
] as const

/** Only where the trace says what should have come out: a run that went well is no test by that alone. */
function evalCases({ id, inputs, outputs, metadata }: Run): readonly Named[] {
  const places = [inputs, outputs, metadata].map((place) => asLoose(place) ?? {})
  const expected = firstHeld(places)
  if (expected === undefined) return []
  const [given = {}] = places
  const input = asLoose(given['inputs']) ?? without(given)
  return [{ name: id, text: `${JSON.stringify({ input, expected }, null, 2)}\n`, runId: id }]
}

function firstHeld(places: readonly Loose[]): unknown {
  return places
    .flatMap((place) => expectedNames.map((name) => place[name]))
    .find((value) => value !== undefined && written(value) !== '')
}

const without = (given: Loose): Loose =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !expectedNames.some((one) => one === name)))

function agentOf(runs: readonly Run[]): Extracted['agent'] {
  const [root] = runs
  const starts = runs.flatMap(({ startedAtMs }) => startedAtMs ?? [])
  const ends = runs.flatMap(({ endedAtMs }) => endedAtMs ?? [])
  const name = asText(root?.metadata['agent_name']) ?? root?.name
  return {
    totalRuns: runs.length,
    failedRuns: runs.filter(({ status }) => status === 'error').length,
    ...(name ? { name } : {}),
    ...(root?.project ? { project: root.project } : {}),
    ...(starts.length > 0 && ends.length > 0 ? { durationMs: largest(ends) - smallest(starts) } : {}),
  }
}

const largest = (values: readonly number[]) => values.reduce((one, other) => Math.max(one, other))
const smallest = (values: readonly number[]) => values.reduce((one, other) => Math.min(one, other))
