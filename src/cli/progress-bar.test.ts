import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Progress, progressText, spanText } from './progress-bar.ts'

const rows: readonly [name: string, progress: Progress, text: string][] = [
  ['at the start', { done: 0, total: 100, failed: 0 }, '[>                       ]    0 %  0 of 100'],
  [
    'on the way',
    { done: 2_500, total: 10_000, failed: 3, perSecond: 123.44 },
    '[======>                 ]   25 %  2,500 of 10,000  123.4/s  1:01 left  3 failed',
  ],
  [
    'nearly there',
    { done: 999, total: 1_000, failed: 0, perSecond: 10 },
    '[=======================>]   99 %  999 of 1,000  10.0/s  0:01 left',
  ],
  [
    'done',
    { done: 7, total: 7, failed: 0, perSecond: 7 },
    '[========================]  100 %  7 of 7  7.0/s  0:00 left',
  ],
  ['nothing to do', { done: 0, total: 0, failed: 0 }, '[========================]  100 %  0 of 0'],
]
for (const [name, progress, text] of rows)
  test(`progress: ${name}`, () => assert.equal(progressText(progress), text))

for (const [seconds, text] of [
  [0, '0:00'],
  [6.2, '0:07'],
  [750, '12:30'],
  [3_723, '1:02:03'],
] as const)
  test(`progress: ${seconds} s are ${text}`, () => assert.equal(spanText(seconds), text))
