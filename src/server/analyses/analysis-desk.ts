/** Takes analyses in and runs them beside one another: each with a state of its own, told to whoever follows it. */

import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Caller } from '../../protocol/access.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { BlobFolder } from '../../record/batch/blob-folder.ts'
import type { NoteFolder } from '../../record/batch/note-folder.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import type { TraceThreads } from '../../refinery/apart/trace-threads.ts'
import type { AnalysedTrace } from '../../refinery/import/read-trace.ts'
import type { WrittenAnalysis } from '../../refinery/report/written-analysis.ts'
import type { AnalysisPlan, StageProgress } from '../../refinery/stages/stage-progress.ts'
import { tenantOf } from '../access/decide.ts'
import { type AnalysisNote, isOver } from './analysis-note.ts'
import type { WantedAnalysis } from './read-wanted.ts'

/** Ready to begin; nothing was sent yet. */
export interface AnalysisWork {
  readonly plan?: AnalysisPlan
  run(): Promise<Outcome<WrittenAnalysis, string>>
}

export interface WorkOrder {
  readonly analysisId: string
  readonly caller: Caller
  readonly trace: HeldTrace
  readonly wanted: WantedAnalysis
  readonly onProgress: (progress: StageProgress) => void
  readonly signal: AbortSignal
}

/** Where the traces are until they are analysed. */
export interface TraceHolding {
  /** For what is too large to be read in the thread that serves. */
  readonly threads: TraceThreads
  /** For what is not. */
  readonly hold: (trace: AnalysedTrace) => HeldTrace
}

export interface AnalysisDeskParts extends TraceHolding {
  readonly notes: NoteFolder<AnalysisNote>
  /** What came of them, in JSON. */
  readonly results: BlobFolder
  readonly clock: Clock
  readonly prepare: (order: WorkOrder) => Promise<Outcome<AnalysisWork, Fault>>
  /** Analyses of all tenants that run at once. */
  readonly mostRunning: number
  /** How long finished ones are kept, ms. */
  readonly keptForMs: number
}

export interface AnalysisDesk extends TraceHolding {
  /** Runs it; the answer comes before its end. The trace is let go of when it is over. */
  create(caller: Caller, trace: HeldTrace, wanted: WantedAnalysis): Promise<Outcome<AnalysisNote, Fault>>
  /** What it would take; nothing is kept, and the trace is let go of. */
  plan(
    caller: Caller,
    trace: HeldTrace,
    wanted: WantedAnalysis,
  ): Promise<Outcome<AnalysisPlan | undefined, Fault>>
  /** Undefined where the tenant has none of this id. */
  get(tenant: string, id: string): AnalysisNote | undefined
  /** What came of one that is completed, in JSON; undefined where nothing is kept of it. */
  result(id: string): Promise<Uint8Array | undefined>
  list(tenant: string): readonly AnalysisNote[]
  cancel(tenant: string, id: string): Outcome<AnalysisNote, Fault>
  /** Calls back with every change from now on, until the returned function is called. */
  follow(id: string, then: (note: AnalysisNote) => void): () => void
  /** Cuts off what runs; resolves when what became of it is on disk. */
  close(): Promise<void>
}

interface Running {
  readonly stop: AbortController
  ended: Promise<void>
}

interface Desk {
  readonly parts: AnalysisDeskParts
  readonly running: Map<string, Running>
  readonly followers: Map<string, Set<(note: AnalysisNote) => void>>
}

export function openAnalysisDesk(parts: AnalysisDeskParts): AnalysisDesk {
  const { notes, clock, threads, hold } = parts
  const desk: Desk = { parts, running: new Map(), followers: new Map() }
  endWhatWasCut(parts)
  const ofTenant = (tenant: string, id: string) => {
    const note = notes.get(id)
    return note?.tenant === tenant ? note : undefined
  }
  return {
    threads,
    hold,
    get: ofTenant,
    result: (id) => parts.results.get(id),
    list: (tenant) => notes.all().filter((note) => note.tenant === tenant),
    async create(caller, trace, wanted) {
      const made = await create(desk, caller, { trace, wanted })
      if (!made.ok) trace.close()
      return made
    },
    async plan(caller, trace, wanted) {
      const plan = await planOnly(desk, caller, { trace, wanted })
      trace.close()
      return plan
    },
    cancel(tenant, id) {
      const note = ofTenant(tenant, id)
      if (!note) return failed(makeFault('unknown_object', 'there is no such analysis'))
      if (isOver(note)) return failed(makeFault('conflict', `the analysis is ${note.status} already`))
      const cancelled: AnalysisNote = { ...note, status: 'cancelled', endedAtMs: clock.wallMs() }
      keep(desk, cancelled)
      desk.running.get(id)?.stop.abort()
      return done(cancelled)
    },
    follow(id, then) {
      const followers = desk.followers.get(id) ?? new Set()
      desk.followers.set(id, followers.add(then))
      return () => {
        followers.delete(then)
        if (followers.size === 0) desk.followers.delete(id)
      }
    },
    async close() {
      for (const { stop } of desk.running.values()) stop.abort()
      await Promise.all([...desk.running.values()].map(({ ended }) => ended))
      await notes.written()
    },
  }
}

/** Whatever ran when the last process ended is over: posted again, it goes on with the groups that were finished. */
function endWhatWasCut({ notes, results, clock, keptForMs }: AnalysisDeskParts): void {
  const nowMs = clock.wallMs()
  for (const note of notes.all()) {
    if (note.createdAtMs + keptForMs < nowMs) {
      void notes.remove(note.id)
      void results.remove(note.id)
    } else if (!isOver(note))
      void notes.put({
        ...note,
        status: 'failed',
        error: 'the gateway was ended while it ran: post it again, and finished groups are not asked again',
        endedAtMs: nowMs,
      })
  }
}

interface Asked {
  readonly trace: HeldTrace
  readonly wanted: WantedAnalysis
}

async function create(
  desk: Desk,
  caller: Caller,
  { trace, wanted }: Asked,
): Promise<Outcome<AnalysisNote, Fault>> {
  const { parts, running } = desk
  const { clock, mostRunning, prepare } = parts
  if (running.size >= mostRunning)
    return failed(
      makeFault('gateway_overloaded', `${mostRunning} analyses are running`, { retryAfterMs: 5_000 }),
    )
  const nowMs = clock.wallMs()
  const id = makeId('ana', nowMs)
  const stop = new AbortController()
  const place: Running = { stop, ended: Promise.resolve() }
  running.set(id, place)
  const onProgress = (progress: StageProgress) => noteProgress(desk, id, progress)
  const work = await prepare({ analysisId: id, caller, trace, wanted, onProgress, signal: stop.signal })
  if (!work.ok) {
    running.delete(id)
    return work
  }
  const note: AnalysisNote = {
    id,
    tenant: tenantOf(caller),
    traceId: trace.id,
    expected: wanted.expected,
    status: 'running',
    progress: [],
    createdAtMs: nowMs,
    ...(wanted.model === undefined ? {} : { model: wanted.model }),
    ...(work.value.plan ? { plan: work.value.plan } : {}),
  }
  keep(desk, note)
  place.ended = finish(desk, id, work.value).finally(() => trace.close())
  return done(note)
}

async function planOnly(
  desk: Desk,
  caller: Caller,
  { trace, wanted }: Asked,
): Promise<Outcome<AnalysisPlan | undefined, Fault>> {
  const work = await desk.parts.prepare({
    analysisId: 'plan',
    caller,
    trace,
    wanted,
    onProgress: () => {},
    signal: new AbortController().signal,
  })
  return work.ok ? done(work.value.plan) : work
}

async function finish(desk: Desk, id: string, work: AnalysisWork): Promise<void> {
  const { notes, clock } = desk.parts
  const came = await kept(desk, id, work).catch((error: unknown) =>
    failed(error instanceof Error ? error.message : 'a defect'),
  )
  desk.running.delete(id)
  const note = notes.get(id)
  if (!note || isOver(note)) return
  const endedAtMs = clock.wallMs()
  keep(
    desk,
    came.ok
      ? { ...note, status: 'completed', result: came.value, endedAtMs }
      : { ...note, status: 'failed', error: came.fault, endedAtMs },
  )
}

/** On disk before anybody hears that it is completed. */
async function kept(
  { parts: { results } }: Desk,
  id: string,
  work: AnalysisWork,
): Promise<Outcome<NonNullable<AnalysisNote['result']>, string>> {
  const came = await work.run()
  if (!came.ok) return came
  const { json, ...result } = came.value
  await results.put(id, json)
  return done(result)
}

function noteProgress({ parts, followers }: Desk, id: string, progress: StageProgress): void {
  const note = parts.notes.get(id)
  if (!note || isOver(note)) return
  const next = { ...note, progress: [...note.progress, progress] }
  parts.notes.hold(next)
  tell(followers, next)
}

/** On disk a moment later; followers hear of it at once. */
function keep({ parts, followers }: Desk, note: AnalysisNote): void {
  void parts.notes.put(note).catch(() => {})
  tell(followers, note)
}

function tell(followers: Desk['followers'], note: AnalysisNote): void {
  for (const then of followers.get(note.id) ?? []) then(note)
}
