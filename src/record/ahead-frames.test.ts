import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readFrames, writeFrame } from './ahead-frames.ts'

/** What stands in a file one behind the other: generation and number of each frame. */
const rows: readonly [
  name: string,
  stand: readonly (readonly [number, number])[],
  read: string | undefined,
][] = [
  ['none', [], undefined],
  [
    'one generation',
    [
      [3, 0],
      [3, 1],
      [3, 2],
    ],
    '3.0 3.1 3.2 ',
  ],
  [
    'of the generation before in the place behind',
    [
      [3, 0],
      [1, 1],
      [1, 2],
    ],
    '3.0 ',
  ],
  [
    'of a write whose place another took',
    [
      [3, 0],
      [3, 2],
    ],
    '3.0 ',
  ],
  ['without the first', [[3, 1]], undefined],
]
for (const [name, stand, read] of rows)
  test(`frames: ${name}`, (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-frames-'))
    t.after(() => rmSync(dir, { recursive: true }))
    const path = join(dir, 'frames')
    const file = openSync(path, 'w')
    let at = 0
    for (const [generation, number] of stand)
      at = writeFrame(file, [Buffer.from(`${generation}.`), Buffer.from(`${number} `)], {
        generation,
        number,
        at,
      })
    closeSync(file)
    const frames = readFrames(readFileSync(path))
    assert.equal(frames?.text, read)
    assert.equal(frames?.generation, stand.length > 0 && read !== undefined ? stand[0]?.[0] : undefined)
  })
