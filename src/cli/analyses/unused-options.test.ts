import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GivenOptions, unusedOptions } from './unused-options.ts'

type Row = [name: string, options: GivenOptions, isMany: boolean, told: readonly RegExp[]]

const trace = 'trace.json'
const rows: readonly Row[] = [
  ['nothing of what does something', { trace, model: 'm', context: 'c', pack: 'p', prompts: '*' }, false, []],
  ['a context that nobody reads', { trace, context: 'c' }, false, [/^--context is told to a model/]],
  ['prompts without a pack', { trace, prompts: '*' }, false, [/^--prompts is for the hypothesis pack/]],
  ['extraction of a stored trace', { extract: 'dir' }, false, [/^--extract needs a trace in a file/]],
  [
    'what is for one trace, of many',
    { trace, model: 'm', pack: 'p' },
    true,
    [/^--model, --pack: only for one/],
  ],
  ['nothing of many', { trace }, true, []],
]

for (const [name, options, isMany, told] of rows)
  test(`analyze tells ${name}`, () => {
    const lines = unusedOptions(options, isMany)
    assert.equal(lines.length, told.length, lines.join('\n'))
    for (const [at, words] of told.entries()) assert.match(lines[at] ?? '', words)
  })
