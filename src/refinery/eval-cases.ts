/** Evaluation cases, of files and of the trace itself: what should come out for a request, held against what came out. */

import { parse } from 'yaml'
import { parseJson } from '../base/text.ts'
import type { Run } from '../protocol/run.ts'
import { asLoose, type Loose, written } from '../record/import/loose.ts'
import { redact } from '../record/redact.ts'
import type { Gap } from './analysis.ts'
import { finalAnswer, findGaps } from './expectation.ts'
import { extractEvals } from './extract/extract-files.ts'
import type { Step } from './step.ts'
import { contentWords, excerpt, plainText } from './text-facts.ts'

/** A file as it was given. */
export interface EvalFile {
  readonly path: string
  readonly text: string
}

export interface EvalCase {
  readonly from: 'file' | 'trace'
  /** The file, with the number of the case where it holds several. */
  readonly name: string
  /** What was asked; empty where the file does not say. */
  readonly input: string
  /** What should come out; the whole file where it is no list of cases. */
  readonly expected: string
}

const inputNames = ['input', 'inputs', 'question', 'query', 'prompt', 'request', 'messages', 'vars']
const expectedNames = [
  'expected',
  'expected_output',
  'reference_outputs',
  'reference_output',
  'reference',
  'ground_truth',
  'ideal',
  'target',
  'answer',
  'output',
  'outputs',
]
const listNames = ['cases', 'examples', 'tests', 'evals', 'data']
/** Two requests are the same where so many of the words of each stand in the other. */
const sameShare = 0.8
/** Cases that are looked at; the rest is told in a note. */
const mostCases = 2_000

export interface EvalCases {
  /** Those about this request first. */
  readonly cases: readonly EvalCase[]
  /** Those of files that are about this request: what a trace expects of itself is often a description, which no rule can hold an answer against. */
  readonly held: readonly EvalCase[]
  /** What a reader must know of them. */
  readonly notes: readonly string[]
}

/** Files first, then what the trace itself says should have come out; each text once. */
export function gatherEvals(files: readonly EvalFile[], runs: readonly Run[], request: string): EvalCases {
  const all = new Map<string, EvalCase>()
  const own = extractEvals(runs)
  const read = [
    ...files.flatMap((file) => readEvalFile(file, 'file')),
    ...own.flatMap((file) => readEvalFile(file, 'trace')),
  ]
  for (const one of read) {
    const text = `${one.input}\n${one.expected}`
    if (!all.has(text)) all.set(text, one)
  }
  const kept = [...all.values()].slice(0, mostCases)
  const about = kept.filter(({ input }) => isSameRequest(input, request))
  return {
    cases: [...about, ...kept.filter((one) => !about.includes(one))],
    held: about.filter(({ from }) => from === 'file'),
    notes: notesOf(all.size, about),
  }
}

function notesOf(total: number, about: readonly EvalCase[]): readonly string[] {
  if (total === 0) return []
  const cases = total === 1 ? '1 evaluation case' : `${total} evaluation cases`
  const names = about.slice(0, 5).map(({ name }) => name)
  return [
    `Read ${cases}; ${about.length === 0 ? 'none is' : `${about.length} of them`} about this request${names.length > 0 ? `: ${names.join(', ')}` : ''}`,
    ...(total > mostCases
      ? [`${total - mostCases} evaluation cases were too many and were not looked at`]
      : []),
  ]
}

/** JSON, JSON lines or YAML with inputs and what is expected of them; any other text is one case that names no input. */
export function readEvalFile({ path, text }: EvalFile, from: EvalCase['from'] = 'file'): readonly EvalCase[] {
  const records = recordsOf(path, text)
  const cases = records.flatMap((record) => caseOf(record))
  if (cases.length === 0)
    return text.trim() === '' ? [] : [{ from, name: path, input: '', expected: text.trim() }]
  return cases.map((one, at) => ({
    from,
    name: cases.length === 1 ? path : `${path} case ${at + 1}`,
    ...one,
  }))
}

function recordsOf(path: string, text: string): readonly unknown[] {
  const whole = /\.ya?ml$/i.test(path) ? parsedYaml(text) : parseJson(text)
  if (Array.isArray(whole)) return whole
  const record = asLoose(whole)
  if (record === undefined) return whole === undefined ? text.split('\n').map(parseJson) : []
  const list = listNames.map((name) => record[name]).find(Array.isArray)
  return list ?? [record]
}

function parsedYaml(text: string): unknown {
  try {
    // Aliases could make a small file a large one.
    return parse(text, { maxAliasCount: 0 })
  } catch {
    return undefined
  }
}

function caseOf(given: unknown): readonly Omit<EvalCase, 'name' | 'from'>[] {
  const record = asLoose(given)
  if (record === undefined) return []
  const expected = wordsIn(firstOf(record, expectedNames))
  return expected === '' ? [] : [{ input: wordsIn(firstOf(record, inputNames)), expected }]
}

const firstOf = (record: Loose, names: readonly string[]): unknown =>
  names.map((name) => record[name]).find((value) => written(value) !== '')

const mostDepth = 8

/** The texts in a value, each on a line; roles and types of messages are no words of anybody. */
function wordsIn(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return written(value).trim()
  if (depth > mostDepth) return ''
  const inner = Array.isArray(value)
    ? value
    : Object.entries(value).flatMap(([name, held]) => (name === 'role' || name === 'type' ? [] : [held]))
  return inner
    .map((one) => wordsIn(one, depth + 1))
    .filter(Boolean)
    .join('\n')
}

/** Fields of an input are lines of their own: ids and instructions may stand beside what was asked. */
export function isSameRequest(input: string, request: string): boolean {
  const asked = flat(plainText(request))
  const words = contentWords(asked)
  return [input, ...input.split('\n')].map(flat).some((one) => {
    if (one === '' || asked === '') return false
    const own = contentWords(one)
    return one === asked || (shareIn(own, words) >= sameShare && shareIn(words, own) >= sameShare)
  })
}

function shareIn(words: readonly string[], others: readonly string[]): number {
  const known = new Set(others)
  return words.length === 0 ? 0 : words.filter((word) => known.has(word)).length / words.length
}

const flat = (text: string) => text.toLowerCase().replace(/\s+/g, ' ').trim()

/** What cases about this request expected, held against the final answer; a short value must stand in it as it is. */
export function evalGaps(cases: readonly EvalCase[], steps: readonly Step[]): readonly Gap[] {
  const answer = finalAnswer(steps)
  if (!answer) return []
  return cases.map(({ name, expected }) => {
    const clause = `${name}: ${redact(excerpt(expected, 200))}`
    const stands = flat(answer.said).includes(flat(expected))
    const clauses = findGaps(expected, steps)
    const worst = (['missing', 'partial'] as const).find((status) =>
      clauses.some((gap) => gap.status === status),
    )
    const status = stands ? 'met' : clauses.length === 0 ? 'missing' : (worst ?? 'met')
    const runId = clauses[0]?.runId ?? answer.runId
    return { clause, status, actual: excerpt(answer.said, 240), runId }
  })
}
