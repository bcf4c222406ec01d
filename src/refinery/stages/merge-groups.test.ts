import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCitations } from './check-citations.ts'
import { mergeGroups } from './merge-groups.ts'
import type { TraceAnalysis } from './stage-schemas.ts'

const places = new Map([
  ['a', 1],
  ['b', 2],
  ['c', 3],
])
const book = () => openCitations((runId) => ({ a: 'alpha', b: 'beta', c: 'gamma' })[runId])
const cite = (run_id: string, quote: string) => ({ run_id, quote })

const event = (
  run_id: string,
  description: string,
  citations = [cite(run_id, 'none')].slice(1),
): TraceAnalysis['events'][number] => ({
  event_type: 'error',
  run_id,
  description,
  impact: 'high',
  category: null,
  citations,
})
const entry = (run_id: string): TraceAnalysis['timeline'][number] => ({
  sequence: 1,
  run_id,
  run_name: run_id,
  action: `does ${run_id}`,
  duration_ms: null,
  status: 'success',
  citations: [],
})
const answer = (more: Partial<TraceAnalysis>): TraceAnalysis => ({
  timeline: [],
  events: [],
  evidence: [],
  coverage: { files_scanned: [], runs_analyzed: [], remaining: [], completion_percentage: 100 },
  ...more,
})

test('merge: timeline in the order of the trace and numbered anew, each run once', () => {
  const merged = mergeGroups(
    [
      { group: 'g02', answer: answer({ timeline: [entry('c'), entry('b')] }) },
      { group: 'g01', answer: answer({ timeline: [entry('a'), entry('b')] }) },
    ],
    places,
    book(),
  )
  assert.deepEqual(
    merged.timeline.map(({ sequence, run_id: id }) => `${sequence} ${id}`),
    ['1 a', '2 b', '3 c'],
  )
})

test('merge: the same event of two groups is one, with the quotes of both', () => {
  const merged = mergeGroups(
    [
      { group: 'g01', answer: answer({ events: [event('a', 'It fails.', [cite('a', 'alpha')])] }) },
      { group: 'g02', answer: answer({ events: [event('a', 'it fails', [cite('b', 'beta')])] }) },
    ],
    places,
    book(),
  )
  assert.equal(merged.events.length, 1)
  assert.equal(merged.events[0]?.event_id, 'event-1')
  assert.deepEqual(merged.events[0]?.citations, [cite('a', 'alpha'), cite('b', 'beta')])
})

test('merge: ids of evidence that began anew in every group are told apart', () => {
  const evidence = (run_id: string) => [
    { evidence_id: 'e1', type: 'output' as const, run_id, content_summary: `of ${run_id}`, citations: [] },
  ]
  const merged = mergeGroups(
    [
      { group: 'g01', answer: answer({ evidence: evidence('a') }) },
      { group: 'g02', answer: answer({ evidence: evidence('c') }) },
    ],
    places,
    book(),
  )
  assert.deepEqual(
    merged.evidence.map(({ evidence_id: id }) => id),
    ['g01-e1', 'g02-e1'],
  )
})

test('merge: what names a run that is not there is left out, what quotes nothing true falls', () => {
  const merged = mergeGroups(
    [
      {
        group: 'g01',
        answer: answer({
          events: [event('z', 'x'), event('a', 'y', [cite('a', 'omega')]), event('b', 'kept')],
        }),
      },
    ],
    places,
    book(),
  )
  assert.deepEqual(
    merged.events.map(({ description }) => description),
    ['kept'],
  )
  assert.equal(merged.dropped, 1)
})
