import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Alignment, endOf, lay, unaligned } from './align.ts'

const run = (said: string, mustMatch: boolean, pieces: readonly string[]) => {
  let alignment: Alignment = unaligned
  let fresh = ''
  for (const piece of pieces) {
    const laid = lay(alignment, piece, { said, mustMatch })
    alignment = laid.alignment
    fresh += laid.fresh
  }
  const ended = endOf(alignment, { said, mustMatch })
  return [ended.alignment.kind, fresh + ended.fresh]
}

type Row = readonly [
  name: string,
  said: string,
  mustMatch: boolean,
  pieces: readonly string[],
  expected: readonly string[],
]
const rows: readonly Row[] = [
  [
    'the same answer, cut in the same places',
    'one two ',
    true,
    ['one ', 'two ', 'three'],
    ['aligned', 'three'],
  ],
  ['the same answer, cut elsewhere', 'one two ', true, ['on', 'e two th', 'ree'], ['aligned', 'three']],
  ['another answer departs', 'one two ', true, ['one ', 'too'], ['departed', '']],
  ['an answer that ends too early departs', 'one two ', true, ['one '], ['departed', '']],
  ['an answer that says no more is aligned', 'one two', true, ['one two'], ['aligned', '']],
  ['nothing said: everything is new', '', true, ['one'], ['aligned', 'one']],
  ['a continuation is new', 'one two ', false, ['three ', 'four'], ['aligned', 'three four']],
  [
    'a continuation that repeats everything is laid over it',
    'one two ',
    false,
    ['one two ', 'three'],
    ['aligned', 'three'],
  ],
  [
    'a continuation that only begins alike is new',
    'one two ',
    false,
    ['one', ' more'],
    ['aligned', 'one more'],
  ],
  ['a short continuation that is a beginning is new', 'one two ', false, ['one'], ['aligned', 'one']],
  [
    'an answer that is said again without the white space at its end is aligned',
    'one two ',
    false,
    ['one', ' two'],
    ['aligned', ''],
  ],
  ['so it is where it was asked anew', 'one two ', true, ['one two'], ['aligned', '']],
  ['white space is not written twice', 'one two ', false, [' three'], ['aligned', 'three']],
  ['white space that was not said stays', 'one two', false, [' three'], ['aligned', ' three']],
]
for (const [name, said, mustMatch, pieces, expected] of rows)
  test(`align: ${name}`, () => assert.deepEqual(run(said, mustMatch, pieces), expected))
