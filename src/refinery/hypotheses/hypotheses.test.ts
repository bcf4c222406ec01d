import assert from 'node:assert/strict'
import { test } from 'node:test'
import { analyze } from '../analyze.ts'
import { type AnalysedTrace, readTrace } from '../import/read-trace.ts'
import { checkPack, isLengthAllowed } from './check-pack.ts'
import { makePack } from './make-pack.ts'
import { allowedPath } from './pack-schema.ts'
import { promptRules } from './prompt-rules.ts'

const told =
  'You answer questions on portfolios. Be brief, name amounts with their currency, never advise on purchases. '

function trace(instructions: string, answer: string): AnalysedTrace {
  const run = {
    id: 'run-1',
    trace_id: 't',
    name: 'Agent',
    run_type: 'llm',
    inputs: {
      messages: [
        { role: 'system', content: instructions },
        { role: 'user', content: 'Exclude sweeps from now on' },
      ],
    },
    outputs: { messages: [{ role: 'assistant', content: answer }] },
  }
  const read = readTrace(JSON.stringify({ trace_id: 't', runs: [run] }))
  if (!read.ok) throw new Error(read.fault)
  return read.value
}

const promised = "Of course. I'll exclude sweeps from now on."
const options = { analyzedAtMs: 0, version: '1.2.3', tookMs: 12 }
const packFor = (instructions: string, more = {}) => {
  const read = trace(instructions, promised)
  return makePack(read, analyze(read, { expected: 'It says that it has no memory' }), { ...options, ...more })
}

test('hypotheses: the memory case proposes the missing rule, as a diff that holds', () => {
  const pack = packFor(told.repeat(8))
  const checked = checkPack(pack)
  assert.ok(checked.ok, JSON.stringify(checked))
  const [hypothesis] = checked.value.hypotheses
  const [change] = hypothesis?.proposed_changes ?? []
  assert.equal(change?.change_type, 'prompt_modification')
  assert.match(change?.diff ?? '', /^\+You have no memory between conversations/m)
  assert.match(change?.file_path ?? '', /^prompts\/system_01_run-1\.md$/)
  assert.equal(checked.value.metadata.analyzed_at, '1970-01-01T00:00:00.000Z')
})

test('hypotheses: a file that holds the prompt is named by its own path', () => {
  const pack = packFor(told.repeat(8), { files: [{ path: 'prompts/agent.md', text: `${told.repeat(8)}\n` }] })
  assert.equal(pack?.hypotheses[0]?.proposed_changes[0]?.file_path, 'prompts/agent.md')
})

test('hypotheses: where there is little room the rule is short', () => {
  const pack = packFor(told)
  assert.match(pack?.hypotheses[0]?.proposed_changes[0]?.new_content ?? '', /Say that you have no memory/)
  assert.ok(checkPack(pack).ok)
})

test('hypotheses: short rules fit into what the shortest bounded prompt may grow', () => {
  const shortest = 'x'.repeat(100)
  for (const { short } of Object.values(promptRules))
    assert.ok(isLengthAllowed(shortest, `${shortest}\n${short}\n`), short)
})

test('hypotheses: a clean trace has none, nor has an empty one', () => {
  const clean = trace(told, 'Sweeps are 12 USD.')
  assert.equal(makePack(clean, analyze(clean, { expected: '' }), options), undefined)
  const read = readTrace('{"trace_id":"t","runs":[]}')
  assert.ok(read.ok)
  assert.equal(makePack(read.value, analyze(read.value, { expected: 'x' }), options), undefined)
})

test('hypotheses: secrets of a prompt do not come along', () => {
  const text = JSON.stringify(packFor(`${told.repeat(8)} Use the key sk-abcdefghijklmnopqrstuvwxyz123456.`))
  assert.ok(!text.includes('abcdefghijklmnop'))
})

const broken: readonly [name: string, change: (pack: Record<string, never>) => unknown, says: RegExp][] = [
  ['a path that leads out', (pack) => set(pack, 'file_path', 'prompts/../../etc/passwd'), /file_path/],
  ['a path elsewhere', (pack) => set(pack, 'file_path', 'src/index.ts'), /file_path/],
  ['a prompt that doubles', (pack) => set(pack, 'new_content', told.repeat(40)), /may have/],
  [
    'a diff that says something else',
    (pack) => set(pack, 'diff', '--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n'),
    /diff does not lead/,
  ],
  ['a change of nothing', (pack) => set(pack, 'new_content', told.repeat(8)), /changes nothing/],
  ['no hypothesis', (pack) => ({ ...pack, hypotheses: [] }), /hypotheses/],
  ['a field nobody knows', (pack) => ({ ...pack, run: 'rm -rf /' }), /the pack/],
  ['no pack at all', () => 'hello', /the pack/],
]
for (const [name, change, says] of broken)
  test(`hypotheses: not valid: ${name}`, () => {
    const checked = checkPack(change(JSON.parse(JSON.stringify(packFor(told.repeat(8))))))
    assert.ok(!checked.ok)
    assert.match(checked.fault.join('\n'), says)
  })

function set(pack: Record<string, unknown>, field: string, value: string): unknown {
  const [hypothesis] = pack['hypotheses'] as { proposed_changes: Record<string, string>[] }[]
  const [change] = hypothesis?.proposed_changes ?? []
  if (change) {
    change[field] = value
    if (field === 'new_content') delete change['diff']
  }
  return pack
}

test('hypotheses: paths', () => {
  const rows: readonly [string, boolean][] = [
    ['prompts/a.md', true],
    ['evals/deep/b.json', true],
    ['/etc/passwd', false],
    ['prompts/..', false],
    ['prompts/a/../b.md', false],
    ['prompts/a b.md', false],
    ['prompts/..a.md', true],
    ['Prompts/a.md', false],
  ]
  for (const [path, isAllowed] of rows) assert.equal(allowedPath.test(path), isAllowed, path)
})
