import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { analyze } from '../../src/refinery/analyze.ts'
import { detectors } from '../../src/refinery/detectors/all.ts'
import { findFailures } from '../../src/refinery/find-failures.ts'
import { model, told, tool, trace } from './detector-cases.ts'

const characters = 50_000
const filled = (piece: string) => piece.repeat(Math.ceil(characters / piece.length))

/** Texts that hold back a pattern which looks at the same place again and again. */
const rows: readonly (readonly [name: string, text: string])[] = [
  ['unbroken Chinese characters', filled('現')],
  ['unbroken letters', filled('a')],
  ['blanks', filled(' ')],
  ['ends of lines', filled('\n')],
  ['digits', filled('1')],
  ['digits and commas', filled('1,')],
  ['digits and dots', filled('1.')],
  ['quotes', filled('"')],
  ['backticks', filled('`')],
  ['open braces', filled('{"')],
  ['open brackets', filled('one of [')],
  ['promises without an end', filled("I'll ")],
  ['lists of choices without an end', `one of ${filled('a, ')}`],
  ['choices of one letter', `either ${filled('a,')}`],
  ['refusals', filled('no no ')],
  ['rules without an end', filled('never use the word ')],
  ['beginnings without an end', filled('always start with ')],
  ['roles', filled('user ')],
  ['stars', filled('**')],
  ['JSON asked for', filled('answer only in ')],
  ['mail addresses that never come', filled('a@')],
  ['dashes', filled('-')],
  ['emoji', filled('😀')],
]
/** The slowest row takes some tens of ms; a pattern that backtracks takes minutes. */
const mostMs = 1_500

for (const [name, text] of rows)
  test(`long lines: ${name} are looked at in time`, () => {
    const runs = trace(
      model(text, told(text, text)),
      tool({ q: text }, { items: [{ price: 1, text }], error: text }),
      model({ plan: text }),
      model(text),
    )
    const startedAtMs = performance.now()
    const given = { id: 't', format: 'langsmith', runs, orphans: [], cycles: [], notes: [] }
    const { coverage } = analyze(given, { expected: text.slice(0, 4_000) })
    assert.equal(coverage.completionPercentage, 100)
    const tookMs = performance.now() - startedAtMs
    if (tookMs <= mostMs) return
    const { view } = findFailures(runs)
    const slow = detectors.map(({ id, find }) => {
      const from = performance.now()
      find(view)
      return `${id}: ${Math.round(performance.now() - from)} ms`
    })
    assert.fail(`${Math.round(tookMs)} ms; ${slow.join(', ')}`)
  })
