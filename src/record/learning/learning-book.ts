/** Remembers what was learned of each target, over restarts too. */

import { isRecord, parseJson } from '../../base/text.ts'
import type { LearnedScore } from '../../protocol/learning.ts'
import type { LedgerRecord } from '../../protocol/ledger-entry.ts'
import type { Target } from '../../protocol/plan.ts'
import { type Lesson, lessonsOf } from './lessons.ts'
import { openQuantiles, type Quantiles } from './quantiles.ts'

/** How far an average moves to each new value. */
export const learningRate = 0.2
/** The same for what is usual. */
const usualRate = 0.005
/** Where success and resilience begin. */
export const startingValue = 0.75
/** Targets that are remembered; beyond it those that were called longest ago go. */
const rememberedTargets = 1_000

export interface LearnedTarget extends Target, LearnedScore {
  /** Average, USD. */
  readonly costUsd?: number
  readonly firstTokenMs?: number
  readonly lastAtMs: number
}

export interface LearningBook {
  learn(record: Pick<LedgerRecord, 'attempts'>, atMs: number): void
  /** Undefined for a target that was never called. */
  scoreOf(target: Target): LearnedScore | undefined
  all(): readonly (LearnedTarget & { readonly total: Quantiles; readonly firstToken: Quantiles })[]
  /** Grows with each lesson. */
  version(): number
  save(): string
  /** Takes over what was saved; what was learned since stands above it. */
  restore(text: string): void
}

interface Page {
  learned: LearnedTarget
  readonly total: Quantiles
  readonly firstToken: Quantiles
}

export function createLearningBook(): LearningBook {
  const pages = new Map<string, Page>()
  let version = 0
  const pageOf = ({ provider, model }: Target): Page => {
    const key = `${provider}\n${model}`
    const known = pages.get(key)
    if (known) return known
    if (pages.size >= rememberedTargets) pages.delete(longestAgo(pages))
    const learned = { provider, model, ...unlearned }
    const page = { learned, total: openQuantiles(), firstToken: openQuantiles() }
    pages.set(key, page)
    return page
  }
  return {
    learn(record, atMs) {
      for (const lesson of lessonsOf(record)) {
        const page = pageOf(lesson)
        page.learned = learned(page.learned, lesson, atMs)
        if (lesson.latencyMs !== undefined) page.total.push(lesson.latencyMs)
        if (lesson.firstTokenMs !== undefined) page.firstToken.push(lesson.firstTokenMs)
        version += 1
      }
    },
    scoreOf: ({ provider, model }) => pages.get(`${provider}\n${model}`)?.learned,
    all: () =>
      [...pages.values()].map(({ learned: one, total, firstToken }) => ({ ...one, total, firstToken })),
    version: () => version,
    save: () => JSON.stringify([...pages.values()].map(savedPage)),
    restore(text) {
      for (const saved of readSaved(text)) {
        const key = `${saved.learned.provider}\n${saved.learned.model}`
        if (!pages.has(key)) pages.set(key, openPage(saved))
      }
    },
  }
}

/** Looked for where one too many comes; kept in order, the map would be written anew with every request. */
function longestAgo(pages: ReadonlyMap<string, Page>): string {
  let found = ''
  let atMs = Number.POSITIVE_INFINITY
  for (const [key, { learned: one }] of pages)
    if (one.lastAtMs < atMs) {
      found = key
      atMs = one.lastAtMs
    }
  return found
}

const unlearned = { samples: 0, success: startingValue, resilience: startingValue, lastAtMs: 0 }

/** The next state of a target's averages. The first latency is taken as it is: there is nothing to begin from. */
export function learned(before: LearnedTarget, lesson: Lesson, atMs: number): LearnedTarget {
  const towards = (from: number, to: number, rate = learningRate) => from + rate * (to - from)
  const moved = (from: number | undefined, to: number | undefined, rate?: number) =>
    to === undefined || from === undefined ? (to ?? from) : towards(from, to, rate)
  return {
    ...before,
    samples: before.samples + lesson.calls.length,
    success: lesson.calls.reduce((from, isAnswered) => towards(from, isAnswered ? 1 : 0), before.success),
    resilience: towards(before.resilience, lesson.resilience),
    latencyMs: moved(before.latencyMs, lesson.latencyMs),
    usualLatencyMs: moved(before.usualLatencyMs, lesson.latencyMs, usualRate),
    firstTokenMs: moved(before.firstTokenMs, lesson.firstTokenMs),
    costUsd: moved(before.costUsd, lesson.costUsd),
    lastAtMs: atMs,
  }
}

interface SavedPage {
  readonly learned: LearnedTarget
  readonly total: readonly number[]
  readonly firstToken: readonly number[]
}

const savedPage = ({ learned: one, total, firstToken }: Page): SavedPage => ({
  learned: one,
  total: total.save(),
  firstToken: firstToken.save(),
})

const openPage = ({ learned: one, total, firstToken }: SavedPage): Page => ({
  learned: one,
  total: openQuantiles(total),
  firstToken: openQuantiles(firstToken),
})

/** What does not read as saved pages is left out: learning begins anew there. */
function readSaved(text: string): readonly SavedPage[] {
  const read = parseJson(text)
  const isPage = (one: unknown) =>
    isRecord(one) && isRecord(one['learned']) && areNumbers(one['total']) && areNumbers(one['firstToken'])
  return Array.isArray(read) ? read.filter(isPage) : []
}

const areNumbers = (value: unknown) =>
  Array.isArray(value) && value.every((one) => typeof one === 'number' && Number.isFinite(one))
