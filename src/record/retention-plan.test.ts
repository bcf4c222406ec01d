import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type JournalFacts, planRetention, type RetentionPlan } from './retention-plan.ts'

const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 0, 11)
/** One entry a day, the first on 1 January, the tenth on 10 January. */
const facts = (given: Partial<JournalFacts> = {}): JournalFacts => ({
  nowMs,
  firstSeq: 1,
  lastSeq: 10,
  usedBytes: 1_000,
  lastBefore: (utc) => Math.max(0, Math.min(10, Math.ceil((Date.parse(utc) - Date.UTC(2026, 0, 1)) / dayMs))),
  ...given,
})
const plan = (
  previews: number,
  content: number,
  entries: number,
  because: 'age' | 'size' = 'age',
): RetentionPlan => ({
  previewsThrough: previews,
  contentThrough: content,
  entriesThrough: entries,
  entriesBecause: because,
})

const rows: readonly [name: string, facts: JournalFacts, rules: object, expected: RetentionPlan][] = [
  ['nothing without rules', facts(), {}, plan(0, 0, 0)],
  [
    'each kind by its own age',
    facts(),
    { previewsForMs: 3 * dayMs, contentForMs: dayMs, entriesForMs: 8 * dayMs },
    plan(7, 9, 2),
  ],
  ['nothing is old enough', facts(), { entriesForMs: 30 * dayMs }, plan(0, 0, 0)],
  ['a file within its size', facts(), { journalMaxBytes: 1_000 }, plan(0, 0, 0)],
  [
    'a file of twice its size',
    facts({ usedBytes: 2_000 }),
    { journalMaxBytes: 1_000 },
    plan(0, 0, 6, 'size'),
  ],
  [
    'the newest entry stays',
    facts({ usedBytes: 1_000_000 }),
    { journalMaxBytes: 1_000 },
    plan(0, 0, 9, 'size'),
  ],
  [
    'a single entry stays',
    facts({ firstSeq: 10, usedBytes: 1_000_000 }),
    { journalMaxBytes: 1_000 },
    plan(0, 0, 0),
  ],
  [
    'the stricter of age and size',
    facts({ usedBytes: 2_000 }),
    { journalMaxBytes: 1_000, entriesForMs: dayMs },
    plan(0, 0, 9),
  ],
]
for (const [name, given, rules, expected] of rows)
  test(`retention: ${name}`, () => assert.deepEqual(planRetention(given, { everyMs: 1, ...rules }), expected))
