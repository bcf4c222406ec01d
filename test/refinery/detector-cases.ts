/** Small traces for the tables of detectors, and how such a table is run. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findFailures } from '../../src/refinery/find-failures.ts'
import { readTrace } from '../../src/refinery/import/read-trace.ts'

export type Wire = Readonly<Record<string, unknown>>

/** Runs under one root, in order. */
export function trace(...runs: readonly Wire[]) {
  const root = {
    id: 'root',
    name: 'Agent',
    run_type: 'chain',
    inputs: { question: 'Which is the cheapest available kettle under $120?' },
  }
  const wires = [
    root,
    ...runs.map((run, at) => ({
      id: `r${at + 1}`,
      parent_run_id: 'root',
      dotted_order: `1.${at + 1}`,
      ...run,
    })),
  ]
  const read = readTrace(
    JSON.stringify({
      trace_id: 't',
      runs: wires.map((run) => ({ dotted_order: '1', trace_id: 't', ...run })),
    }),
  )
  if (!read.ok) throw new Error(read.fault)
  return read.value.runs
}
export const model = (said: unknown, more: Wire = {}): Wire => ({
  name: 'Planner',
  run_type: 'llm',
  inputs: { messages: [{ role: 'user', content: 'Go on' }] },
  outputs: typeof said === 'string' ? { messages: [{ role: 'assistant', content: said }] } : said,
  ...more,
})
export const tool = (inputs: unknown, outputs: unknown, more: Wire = {}): Wire => ({
  name: 'Search',
  run_type: 'tool',
  inputs,
  outputs,
  ...more,
})
export const told = (system: string, user: string): Wire => ({
  inputs: {
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
  },
})
export const items = {
  items: [
    { id: 'a1', price: 137.5 },
    { id: 'a2', price: 164.25 },
  ],
}
export const asks = {
  messages: [
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'c1', function: { name: 'Search', arguments: '{}' } }],
    },
  ],
}

/** `expected`: the run that is named, or nothing. */
export type DetectorCase = readonly [name: string, runs: readonly Wire[], expected: string | undefined]

export function testDetector(detector: string, rows: readonly DetectorCase[]): void {
  for (const [name, runs, expected] of rows)
    test(`detector ${detector}: ${name}`, () => {
      const { findings, view } = findFailures(trace(...runs))
      const found = findings.filter((finding) => finding.detector === detector)
      assert.equal(found[0]?.runId, expected)
      for (const { quote, says, confidence, step } of found) {
        assert.ok(says !== '' && confidence > 0 && confidence <= 1)
        const { instructions = '', heard = '', said = '', error = '' } = view.steps[step] ?? {}
        assert.ok(quote !== '' && [instructions, heard, said, error].some((text) => text.includes(quote)))
      }
    })
  test(`detector ${detector}: has cases that it finds, and cases that it must not find`, () => {
    assert.ok(rows.some(([, , expected]) => expected !== undefined))
    assert.ok(rows.some(([, , expected]) => expected === undefined))
  })
}
