import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run, RunMessage } from '../../protocol/run.ts'
import { fenced, fenceFor, readFenced } from './fenced-text.ts'
import { readRunTexts } from './read-run-text.ts'
import { openRunTexts } from './run-text.ts'

const toRunTexts = (runs: readonly Run[]) => runs.map(openRunTexts())

const run = (id: string, more: Partial<Run> = {}): Run => ({
  id,
  traceId: 't',
  name: `Agent ${id}`,
  runType: 'llm',
  status: 'success',
  source: 'langsmith',
  messages: { input: [], output: [] },
  tags: [],
  metadata: {},
  ...more,
})
const said = (text: string, role: RunMessage['role'] = 'assistant') => ({ role, text })

test('run text: what was told, heard and said, each a section', () => {
  const [text] = toRunTexts([
    run('a', {
      messages: { input: [said('Be brief', 'system'), said('Hello', 'user')], output: [said('Hi')] },
      error: 'late',
    }),
  ])
  assert.deepEqual(text?.sections, [
    { title: 'input system', text: 'Be brief' },
    { title: 'input user', text: 'Hello' },
    { title: 'output assistant', text: 'Hi' },
    { title: 'error', text: 'late' },
  ])
})

test('run text: payloads stand where there are no messages', () => {
  const [text] = toRunTexts([run('a', { inputs: { q: 1 }, outputs: { ok: false } })])
  assert.deepEqual(text?.sections, [
    { title: 'inputs', text: '{"q":1}' },
    { title: 'outputs', text: '{"ok":false}' },
  ])
})

test('run text: what was said word for word before is referred to, and still may be quoted', () => {
  const long = 'The history of the conversation. '.repeat(20)
  const [, second] = toRunTexts([
    run('a', { messages: { input: [said(long, 'user')], output: [] } }),
    run('b', { messages: { input: [said(long, 'user')], output: [] } }),
  ])
  assert.match(
    second?.sections[0]?.text ?? '',
    /^\[the same 660 characters as in run a, section 1: The history/,
  )
  assert.ok(second?.whole.join('\n').includes(long))
})

test('run text: secrets and signs that show nothing do not leave', () => {
  const [text] = toRunTexts([
    run('a', {
      messages: {
        input: [],
        output: [said('key sk-abcdefghijklmnopqrstuvwxyz123456\u200b hid\u{e0041}den')],
      },
    }),
  ])
  assert.equal(text?.whole.join('\n'), 'key [key] hidden')
})

test('run text: a text beyond all measure is cut in its middle, and counted', () => {
  const [text] = toRunTexts([run('a', { messages: { input: [], output: [said('x '.repeat(250_000))] } })])
  assert.equal(text?.leftOut, 100_000)
  assert.match(text?.whole.join('\n') ?? '', /\[100000 characters left out\]/)
})

test('run text: read back, the runs are what they were', () => {
  const runs = [
    run('a', {
      runType: 'chain',
      inputs: { q: 'x' },
      outputs: { a: [1, 2] },
      messages: { input: [], output: [] },
    }),
    run('b', {
      parentId: 'a',
      messages: {
        input: [said('Be brief', 'system'), said('Hello', 'user')],
        output: [{ ...said('Hi'), toolCalls: [{ id: 'c1', name: 'look', arguments: '{"x":1}' }] }],
      },
      error: 'late',
      status: 'error',
    }),
  ]
  const sections = toRunTexts(runs).flatMap(({ head, place, sections: own }) => [
    { title: `run ${place} of 2`, text: head },
    ...own,
  ])
  const fence = fenceFor(sections.map(({ text }) => text))
  const back = readRunTexts(readFenced(fenced(fence, sections), fence))
  const plain = (one: Run) => ({
    id: one.id,
    name: one.name,
    runType: one.runType,
    status: one.status,
    parentId: one.parentId,
    inputs: one.inputs,
    outputs: one.outputs,
    messages: one.messages,
    error: one.error,
  })
  assert.deepEqual(back.map(plain), runs.map(plain))
})
