import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isRecord, parseJson } from '../../src/base/text.ts'
import type { Run, RunMessage } from '../../src/protocol/run.ts'
import { orderRuns } from '../../src/protocol/run-tree.ts'
import { readTraces } from '../../src/record/import/read-traces.ts'

const data = new URL('../../../shared/data/traces/', import.meta.url)
const isThere = existsSync(data)
const options = isThere ? {} : { skip: 'the traces are not on this machine' }

function runsOf(path: string): readonly Run[] {
  const read = readTraces(readFileSync(new URL(path, data), 'utf8'))
  if (!read.ok) throw new Error(read.fault)
  return read.value.runs
}

type Expected = {
  readonly role?: string
  readonly content?: unknown
  readonly tool_calls?: { name: string }[]
}
interface Side {
  readonly success: boolean
  readonly data?: readonly Expected[]
}

const roles: Readonly<Record<string, string>> = { model: 'assistant', developer: 'system' }

/** The text of the other parser's content: parts and JSON are told as text. */
function textOf(content: unknown): string {
  if (content === undefined || content === null) return ''
  if (typeof content === 'string') return content
  const parts = Array.isArray(content) ? content : []
  const isText = parts.length > 0 && parts.every((part) => isRecord(part) && part['type'] === 'text')
  return isText ? parts.map((part) => String(part.text)).join('\n') : JSON.stringify(content)
}

const same = (one: string, other: string) =>
  one === other || JSON.stringify(parseJson(one) ?? one) === JSON.stringify(parseJson(other) ?? other)

function disagreements(ours: readonly RunMessage[], theirs: readonly Expected[]): readonly string[] {
  if (ours.length !== theirs.length) return [`${ours.length} messages, not ${theirs.length}`]
  return theirs.flatMap((their, at) => {
    const our = ours[at]
    const role = roles[their.role ?? ''] ?? their.role
    const calls = (their.tool_calls ?? []).map(({ name }) => name).join()
    const ourCalls = (our?.toolCalls ?? []).map(({ name }) => name).join()
    return [
      ...(our?.role === role ? [] : [`${at}: role ${our?.role}, not ${role}`]),
      // More than the other parser gives is welcome: it drops some texts.
      ...(their.content === undefined || same(our?.text ?? '', textOf(their.content))
        ? []
        : [`${at}: "${our?.text.slice(0, 60)}", not "${textOf(their.content).slice(0, 60)}"`]),
      ...(ourCalls === calls || calls === '' ? [] : [`${at}: calls ${ourCalls}, not ${calls}`]),
    ]
  })
}

const frameworks = isThere
  ? readdirSync(new URL('frameworks/', data)).filter((name) => name.endsWith('.trace.json'))
  : ['all']
const counts = { sides: 0, messages: 0, notComparable: 0 }
for (const name of frameworks) {
  test(`traces: ${name} has the messages another parser finds`, options, () => {
    const runs = new Map(runsOf(`frameworks/${name}`).map((run) => [run.id, run]))
    const expected: Record<string, { input?: Side; output?: Side }> = JSON.parse(
      readFileSync(new URL(`frameworks/${name.replace('.trace.', '.chatml.')}`, data), 'utf8'),
    )
    for (const [id, sides] of Object.entries(expected))
      for (const side of ['input', 'output'] as const) {
        const theirs = sides[side]
        if (theirs === undefined) continue
        if (!theirs.success || !theirs.data?.every(({ role }) => role !== undefined)) {
          counts.notComparable += 1
          continue
        }
        counts.sides += 1
        counts.messages += theirs.data.length
        assert.deepEqual(disagreements(runs.get(id)?.messages[side] ?? [], theirs.data), [], `${id} ${side}`)
      }
  })
}

test('traces: enough was compared to mean something', options, (t) => {
  const { sides, messages, notComparable } = counts
  t.diagnostic(
    `${frameworks.length} traces: ${messages} messages of ${sides} sides agree; ${notComparable} sides the other parser left without roles`,
  )
  assert.ok(sides >= 40, `${sides} sides`)
})

const summary = ({ name, runType, status, provider, model, usage, error }: Run) =>
  [name, runType, status, provider, model, usage?.input, usage?.output, error]
    .filter((one) => one !== undefined)
    .join(' ')
const messages = ({ messages: { input, output } }: Run) =>
  [...input, ...output].map(({ role, text }) => `${role}: ${text.slice(0, 24)}`)

const batches: readonly [file: string, summary: string, messages: readonly string[]][] = [
  [
    'js_wrap_openai_default',
    'ChatOpenAI llm success openai gpt-4o-mini 9 9',
    ['user: howdy', 'assistant: Howdy! How can I assist '],
  ],
  [
    'js_wrap_openai_stream',
    'ChatOpenAI llm success openai gpt-4o-mini 9 9',
    ['user: howdy', 'assistant: Howdy! How can I assist '],
  ],
  [
    'py_wrap_openai_',
    'ChatOpenAI llm success openai gpt-4o-mini 9 9',
    ['user: howdy', 'assistant: Howdy! How can I assist '],
  ],
  [
    'py_wrap_openai_stream',
    'ChatOpenAI llm success openai gpt-4o-mini 9 9',
    ['user: howdy', 'assistant: Howdy! How can I assist '],
  ],
]
for (const [file, expected, said] of batches) {
  test(`traces: LangSmith's batch ${file}: post and patch are one run`, options, () => {
    const runs = runsOf(`langsmith/langsmith_${file}.json`)
    assert.deepEqual(runs.map(summary), [expected])
    assert.deepEqual(runs.flatMap(messages), said)
  })
}

test('traces: reasoning tokens of LangSmith’s batches are counted', options, () => {
  for (const writer of ['js', 'py']) {
    const usage = runsOf(`langsmith/langsmith_${writer}_wrap_openai_reasoning.json`)[0]?.usage
    assert.ok((usage?.reasoning ?? 0) > 100, JSON.stringify(usage))
  }
})

test('traces: a LangSmith export with orders made by hand', options, () => {
  const runs = runsOf('refinery/demo_trace.json')
  const { placed } = orderRuns(runs)
  assert.deepEqual(
    placed.map(({ node, depth }) => `${depth} ${node.name} ${node.status}`),
    [
      '0 CustomerSupportAgent success',
      '1 IntentClassifier success',
      '1 RetrieveKnowledgeBase success',
      '1 GenerateResponse success',
      '1 ValidateResponse error',
    ],
  )
  assert.equal(runs[0]?.project, 'demo-project')
})

test('traces: a Langfuse export', options, () => {
  const runs = runsOf('refinery/langfuse_trace.json')
  assert.deepEqual(runs.map(summary), [
    'LLM Call llm success gpt-4 10 5',
    'Parent Chain chain success',
    'Tool Call tool success',
    'Nested LLM llm success gpt-3.5-turbo 5 3',
    'Failed Event event error Connection timeout',
  ])
  assert.deepEqual(runs.flatMap(messages), [
    'system: You are helpful',
    'assistant: Hi there!',
    'user: nested call',
    'assistant: nested response',
  ])
})

const otlp: readonly [file: string, runs: readonly string[], messages: readonly string[]][] = [
  [
    'full_spec',
    [
      'llm.generate llm success anthropic claude-3-opus 150 500',
      'llm.followup llm success openai gpt-4',
      'tool.redis_query tool success',
    ],
    [
      'system: You are an expert softwa',
      'user: Explain how to implement',
      "assistant: Here's a comprehensive g",
      'system: You are a code reviewer.',
      'user: Review this Redis implem',
    ],
  ],
  ['tempo', [], ['user: Hello', 'assistant: Hi there!']],
  ['honeycomb', [], ['system: You are a helpful assist', "assistant: I'm ready to help!"]],
]
for (const [file, expected, said] of otlp) {
  test(`traces: OTLP ${file}`, options, () => {
    const runs = runsOf(`refinery/otlp_trace_${file}.json`)
    if (expected.length > 0) assert.deepEqual(runs.map(summary), expected)
    assert.deepEqual(runs.flatMap(messages), said)
    assert.ok(runs.every(({ startedAtMs, endedAtMs }) => startedAtMs && endedAtMs && startedAtMs < endedAtMs))
  })
}
