/** Synthetic traces with known answers: healthy ones, and ones with a planted fault, in any number of runs and any format. */

import { type Random, seededRandom } from '../../base/random.ts'
import type { Act } from './act.ts'
import { actsOf, profileAct, turnKinds } from './healthy-turns.ts'
import type { Plant } from './plant.ts'
import { plants } from './plants.ts'
import { memoryPromise } from './plants-in-words.ts'
import { writeLangfuse } from './write-langfuse.ts'
import { type MessageShape, runIdOf, writeLangSmith } from './write-langsmith.ts'
import { writeOtlp } from './write-otlp.ts'

export interface SyntheticOptions {
  /** All runs of the trace with its root; at least 7. */
  readonly runs: number
  readonly seed: number
  /** A detector's id; without one the trace is healthy. */
  readonly plant?: string
  /** One of LangSmith's message shapes, `langfuse` or `otlp`; `roles` where nothing is said. */
  readonly format?: MessageShape | 'langfuse' | 'otlp'
}

export interface SyntheticTrace {
  /** As an exporter writes it; simulated, no model has written it. */
  readonly trace: Readonly<Record<string, unknown>>
  /** Never part of the trace, nor of a prompt. */
  readonly answer?: KnownAnswer
}

export interface KnownAnswer {
  readonly detector: string
  /** The run the rule should name. */
  readonly runId: string
  /** The run where it first went wrong; undefined where the oddity is no failure. */
  readonly originRunId?: string
  /** All runs of the turn that holds the fault. */
  readonly turnRunIds: readonly string[]
}

const request =
  'Can you help me with what I have in this portfolio, and with the questions that I will ask you on it?'
/** A fixed day, so that the same options give the same bytes. */
const startMs = Date.UTC(2026, 0, 5, 9)

/** Undefined where no such fault can be planted. */
export function syntheticTrace(options: SyntheticOptions): SyntheticTrace | undefined {
  const plant = plants.find(({ detector }) => detector === options.plant)
  if (options.plant !== undefined && plant === undefined) return undefined
  const { acts, answer } = actsFor(plant, options, seededRandom(options.seed))
  const root: Act = {
    name: 'PortfolioAssistant',
    kind: 'chain',
    input: { question: plant?.request ?? request },
    output: { answer: 'Those are the answers to your questions.' },
    lastsMs: acts.reduce((sum, { lastsMs }) => sum + lastsMs, 0),
  }
  const trace = write([root, ...acts], options)
  return answer ? { trace, answer } : { trace }
}

/** The case of the missing memory: the agent promises to leave something out from now on, and cannot. */
export function memoryCase(
  options: Omit<SyntheticOptions, 'plant'>,
): SyntheticTrace & { readonly quote: string } {
  const made = syntheticTrace({ ...options, plant: 'broken-promise' })
  return { ...(made ?? { trace: {} }), quote: memoryPromise }
}

function actsFor(plant: Plant | undefined, { runs }: SyntheticOptions, random: Random) {
  const room = runs - 1
  const planted = plant && plantedIn(plant, random)
  const turns = Math.floor((room - (planted?.acts.length ?? 0)) / 3)
  const before = plant?.place === 'last' ? turns : Math.floor(turns / 2)
  const healthy = Array.from({ length: turns }, (_, at) => actsOf(newTurn(at, random), at, random))
  const fill = room - turns * 3 - (planted?.acts.length ?? 0)
  const filling = Array.from({ length: fill }, () => profileAct(random))
  const first = [...filling, ...healthy.slice(0, before).flat()]
  const acts = [...first, ...(planted?.acts ?? []), ...healthy.slice(before).flat()]
  // The root stands before them all.
  const idAt = (at: number) => runIdOf(1 + first.length + at)
  const answer: KnownAnswer | undefined =
    plant && planted
      ? {
          detector: plant.detector,
          runId: idAt(planted.at),
          turnRunIds: planted.acts.map((_, at) => idAt(at)),
          ...(planted.origin === 'none' ? {} : { originRunId: idAt(planted.origin ?? planted.at) }),
        }
      : undefined
  return { acts, answer }
}

function plantedIn(plant: Plant, random: Random) {
  const turn = newTurn(Math.floor(random() * turnKinds.length), random)
  return plant.into(turn, actsOf(turn, 900, random))
}

function newTurn(at: number, random: Random) {
  const kind = turnKinds[at % turnKinds.length] ?? turnKinds[0]
  return kind ? kind(random) : { question: '', tool: '', args: {}, result: {}, answer: '' }
}

function write(acts: readonly Act[], { format = 'roles', seed, runs }: SyntheticOptions) {
  const frame = { traceId: `synthetic-${runs}-${seed}`, project: 'synthetic', startMs }
  if (format === 'langfuse') return writeLangfuse(acts, frame)
  return format === 'otlp' ? writeOtlp(acts, frame) : writeLangSmith(acts, format, frame)
}
