import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPrewarm } from './read-prewarm.ts'

function asked(list: unknown): string {
  const read = readPrewarm(list)
  if (!read.ok) return read.fault
  return read.value
    .map(
      ({ model, messages }) =>
        `${model}: ${(messages as { content: string }[]).map(({ content }) => content).join(' / ')}`,
    )
    .join('; ')
}

const rows: readonly [name: string, list: unknown, is: string][] = [
  ['questions', { questions: ['What is new?', 'Who are you?'] }, 'chat: What is new?; chat: Who are you?'],
  [
    'questions about customers',
    { model: 'support', customers: ['Ann', 'Bob'], questions: ['How is {customer}? {customer}!'] },
    'support: How is Ann? Ann!; support: How is Bob? Bob!',
  ],
  [
    'the highest priority first, of question and customer together',
    {
      customers: [{ name: 'Ann' }, { name: 'Bob', priority: 5 }],
      questions: [{ text: 'A {customer}', priority: 1 }, { text: 'B {customer}', priority: 3 }, 'C'],
    },
    'chat: B Bob; chat: A Bob; chat: B Ann; chat: A Ann; chat: C',
  ],
  ['a system prompt', { system: 'Be brief', questions: ['Hi'] }, 'chat: Be brief / Hi'],
  [
    'whole requests',
    { requests: [{ body: { model: 'm', messages: [{ role: 'user', content: 'x' }] } }] },
    'm: x',
  ],
  ['a name with marks in it', { customers: ['$& $1'], questions: ['{customer}'] }, 'chat: $& $1'],
  ['nothing', {}, 'the list asks nothing: give questions or requests'],
  [
    'questions about nobody',
    { questions: ['{customer}'] },
    'the list asks nothing: give questions or requests',
  ],
  ['a field too many', { question: [] }, 'the list: Unrecognized key: "question"'],
  ['no list', [], 'the list: Invalid input: expected object, received array'],
  [
    'too much',
    { customers: Array(1_000).fill('c'), questions: Array(1_000).fill('{customer}') },
    'customers and questions make more than 200000 requests',
  ],
]
for (const [name, list, is] of rows) test(`pre-warm list: ${name}`, () => assert.equal(asked(list), is))

test('pre-warm list: drawn answers are not asked for', () => {
  const read = readPrewarm({ questions: ['Hi'] })
  assert.equal(read.ok && read.value[0]?.['temperature'], 0)
})
