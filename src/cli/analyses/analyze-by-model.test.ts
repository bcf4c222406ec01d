import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isToBeAsked } from './analyze-by-model.ts'

type Row = [name: string, options: Parameters<typeof isToBeAsked>[0], isSomebody: boolean, isAsked: boolean]

const rows: readonly Row[] = [
  ['a person at a terminal is asked', { model: 'chat' }, true, true],
  ['a program is not', { model: 'chat' }, false, false],
  ['nor who says yes', { model: 'chat', yes: true }, true, false],
  ['nor who named the most it may cost', { model: 'chat', maxCostUsd: 0 }, true, false],
  ['nor for what is simulated', { model: 'sandbox/analyst' }, true, false],
]

for (const [name, options, isSomebody, isAsked] of rows)
  test(`analyze --model: ${name}`, () => {
    assert.equal(isToBeAsked(options, isSomebody), isAsked)
  })
