/** A step: one run as detectors look at it, with what it was told, what it heard and what it said as text. */

import { isRecord } from '../base/text.ts'
import type { Run, RunMessage, RunToolCall } from '../protocol/run.ts'
import { type Loose, unpacked, written } from '../record/import/loose.ts'
import { finishReason } from './finish-reason.ts'

export type StepKind = 'request' | 'model' | 'tool' | 'other'

export interface Step {
  /** Place among the trace's runs, from 0. */
  readonly index: number
  readonly runId: string
  readonly parentId?: string
  /** Who acts: the agent's or the tool's name, without remarks in brackets. */
  readonly agent: string
  readonly kind: StepKind
  /** System prompts. */
  readonly instructions: string
  readonly heard: string
  readonly said: string
  /** JSON objects among what it heard and said. */
  readonly given: readonly Loose[]
  readonly made: readonly Loose[]
  readonly calls: readonly RunToolCall[]
  readonly error?: string
  /** What it said stood in messages, not in fields of a record. */
  readonly isSpoken: boolean
  /** Its writer recorded what came out, be it nothing. */
  readonly hasOutput: boolean
  /** Has runs below it, so that what it says was mostly said by them. */
  readonly isAround: boolean
  readonly durationMs?: number
  /** Tokens in and out together, as the writer counted them. */
  readonly tokens?: number
  /** Why the model stopped, in the writer's own word. */
  readonly finish?: string
  /** Definitions of the tools it was offered. */
  readonly tools: readonly unknown[]
}

/** A model's own words; what an outer step says was mostly said inside it. */
export const isSpokenByModel = ({ kind, isAround, said }: Step): boolean =>
  kind === 'model' && !isAround && said !== ''

export function toSteps(runs: readonly Run[]): readonly Step[] {
  const parents = new Set(runs.map(({ parentId }) => parentId))
  return runs.map((run, index) => toStep(run, index, parents.has(run.id)))
}

function toStep(run: Run, index: number, isAround: boolean): Step {
  const { input, output } = run.messages
  const heard = input.filter(({ role }) => role !== 'system')
  const finish = finishReason(run)
  const durationMs =
    run.startedAtMs === undefined || run.endedAtMs === undefined ? undefined : run.endedAtMs - run.startedAtMs
  return {
    index,
    runId: run.id,
    agent: run.name.replace(/\s*\([^)]*\)\s*$/, ''),
    kind: kindOf(run),
    instructions: textOf(input.filter(({ role }) => role === 'system')),
    heard: heard.length > 0 ? textOf(heard) : payloadText(run.inputs),
    said: output.length > 0 ? textOf(output) : payloadText(run.outputs),
    given: recordsIn(run.inputs),
    made: recordsIn(run.outputs),
    calls: output.flatMap(({ toolCalls = [] }) => toolCalls),
    isSpoken: output.length > 0,
    hasOutput: output.length > 0 || (run.outputs !== undefined && run.outputs !== null),
    isAround,
    tools: run.tools ?? [],
    ...(run.parentId ? { parentId: run.parentId } : {}),
    ...(run.error ? { error: run.error } : {}),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(finish === undefined ? {} : { finish }),
    ...(run.usage ? { tokens: (run.usage.input ?? 0) + (run.usage.output ?? 0) } : {}),
  }
}

/** Words of a program that ran, as terminals and interpreters report them. */
const executed = /^\s*(exit ?code|return ?code)\s*[:=]\s*-?\d+|^\s*Traceback \(most recent call last\)/i

function kindOf(run: Run): StepKind {
  if (run.runType === 'tool' || run.runType === 'retriever') return 'tool'
  const [said] = run.messages.output
  if (said && executed.test(said.text)) return 'tool'
  if (run.runType === 'prompt') return isPerson(run.name) ? 'request' : 'model'
  return run.runType === 'llm' ? 'model' : 'other'
}

const isPerson = (name: string) => /^(user|human|system|developer)$/i.test(name)

const textOf = (messages: readonly RunMessage[]) =>
  messages
    .map(({ text, toolCalls = [] }) =>
      [text, ...toolCalls.map(callText)].filter((part) => part !== '').join('\n'),
    )
    .join('\n')

const callText = ({ name, arguments: json }: RunToolCall) => `${name}(${json})`

/** The texts of a payload in their order; names of fields stand before short values. */
function payloadText(payload: unknown): string {
  const value = unpacked(payload)
  if (!isRecord(value)) return written(value)
  return Object.entries(value)
    .map(([name, held]) => `${name}: ${written(held)}`)
    .join('\n')
}

function recordsIn(payload: unknown, depth = 0): readonly Loose[] {
  const value = unpacked(payload)
  if (depth > 2 || !isRecord(value)) return []
  return [value, ...Object.values(value).flatMap((held) => recordsIn(held, depth + 1))]
}
