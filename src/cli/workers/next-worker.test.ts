import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostUnderway, nextWorker, type Taker } from './next-worker.ts'

const idle = (number: number): Taker => ({ number, underway: 0 })
const full = (number: number): Taker => ({ number, underway: mostUnderway })

const rows: readonly [string, readonly Taker[], number, number | undefined][] = [
  ['the first of all', [idle(1), idle(2)], 0, 1],
  ['in turn', [idle(1), idle(2)], 1, 2],
  ['and round again', [idle(1), idle(2)], 2, 1],
  ['one that is away is passed over', [idle(1), idle(3)], 1, 3],
  ['the last was the one that is away', [idle(1), idle(3)], 2, 3],
  ['a busy one is passed over', [idle(1), full(2), idle(3)], 1, 3],
  ['one with a little room is not', [idle(1), { number: 2, underway: mostUnderway - 1 }], 1, 2],
  ['all are busy', [full(1), full(2)], 1, undefined],
  ['one alone gets all', [idle(2)], 2, 2],
  ['nobody is there', [], 1, undefined],
]

for (const [name, takers, last, expected] of rows)
  test(`next worker: ${name}`, () => assert.equal(nextWorker(takers, last), expected))
