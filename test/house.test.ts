import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  badNames,
  banned,
  cycles,
  type Floors,
  floorBreaks,
  sandboxLeaks,
  tooLong,
  withoutOpening,
} from './house/rules.ts'
import { readData, readSources, type Source } from './house/source.ts'

const floors = readData('floors.json') as Floors
const sources = readSources('src/**/*.ts')
const file = (path: string, text: string): Source => ({ path, text })

/** Each rule with a sample that breaks it, so that the rule is known to see. */
const rules: readonly [
  name: string,
  rule: (given: readonly Source[]) => readonly string[],
  broken: readonly Source[],
][] = [
  [
    'imports go down the floors',
    floorBreaks(floors),
    [file('src/base/a.ts', "import { b } from '../protocol/b.ts'")],
  ],
  [
    'imports go down inside the gateway',
    floorBreaks(floors),
    [file('src/gateway/policy/a.ts', "import type { b } from '../engine/b.ts'")],
  ],
  [
    'no import cycles',
    cycles,
    [
      file('src/base/a.ts', "import { b } from './b.ts'"),
      file('src/base/b.ts', "import type { a } from './a.ts'"),
    ],
  ],
  ['no long files', tooLong, [file('src/base/a.ts', '\n'.repeat(401))]],
  ['no long functions', tooLong, [file('src/base/a.ts', `function a() {\n${'  1\n'.repeat(60)}}\n`)]],
  ['the clock has one home', banned, [file('src/base/a.ts', 'const now = Date.now()')]],
  ['chance has one home', banned, [file('src/gateway/a.ts', 'Math.random()')]],
  ['timers have one home', banned, [file('src/gateway/engine/a.ts', 'setTimeout(a, 1)')]],
  ['the environment has one home', banned, [file('src/server/a.ts', 'process.env.HOME')]],
  ['the network has one home', banned, [file('src/record/a.ts', 'await fetch(url)')]],
  ['no default exports', banned, [file('src/base/a.ts', 'export default 1')]],
  ['no star exports', banned, [file('src/base/a.ts', "export * from './b.ts'")]],
  ['no enum', banned, [file('src/base/a.ts', 'enum A { b }')]],
  ['no any', banned, [file('src/base/a.ts', 'const a: any = 1')]],
  ['telling names', badNames, [file('src/base/utils.ts', '')]],
  ['kebab-case names', badNames, [file('src/base/fooBar.ts', '')]],
  ['each file says what it is', withoutOpening, [file('src/base/a.ts', 'const a = 1')]],
  [
    'the sandbox stays out of the product',
    sandboxLeaks,
    [file('src/server/a.ts', "import { a } from '../sandbox/a.ts'")],
  ],
]

for (const [name, rule, broken] of rules) {
  test(`house: ${name}`, () => {
    assert.deepEqual(rule(sources), [])
  })
  test(`house: ${name} (the rule sees a break)`, () => {
    assert.notDeepEqual(rule(broken), [])
  })
}

test('house: there are no exceptions', () => {
  assert.deepEqual(readData('test/house/exceptions.json'), [])
})
