/** Faults that are planted in a turn of a healthy agent, each for the rule that should find it. */

import type { Act, ActMessage } from './act.ts'
import { instructions, type Turn } from './healthy-turns.ts'

export interface Planted {
  readonly acts: readonly Act[]
  /** Which of the acts the rule should name, from 0. */
  readonly at: number
  /** Which of them is where it first went wrong; `at` where nothing is said, `none` where nothing did. */
  readonly origin?: number | 'none'
}

export interface Plant {
  /** The detector's id. */
  readonly detector: string
  /** What the whole conversation begins with, where the rule looks at that. */
  readonly request?: string
  /** The turn it must stand in; anywhere in the middle where nothing is said. */
  readonly place?: 'last'
  /** Rests on tool calls, which not every shape of messages carries. */
  readonly needsCalls?: true
  /** Runs that the trace must have for the rule to judge. */
  readonly fewestRuns?: number
  readonly into: (turn: Turn, acts: readonly [Act, Act, Act]) => Planted
}

const says = (act: Act, text: string): Act => ({ ...act, output: [{ role: 'assistant', text }] })
const isTold = (act: Act, more: string): Act => ({
  ...act,
  input: [
    { role: 'system', text: `${instructions} ${more}` },
    { role: 'user', text: 'Please answer.' },
  ],
})
const fails = ({ output: _, ...act }: Act, error: string): Act => ({ ...act, error })
const admitted = 'Unfortunately that could not be looked up. Please try again later.'
const step = (name: string, kind: Act['kind'], input: Act['input'], output: Act['output']): Act => ({
  name,
  kind,
  input,
  ...(output ? { output } : {}),
  lastsMs: 500,
})
const chat = (system: string, user: string): readonly ActMessage[] => [
  { role: 'system', text: system },
  { role: 'user', text: user },
]

export const memoryRequest = 'Please leave out cash sweep redemption transactions from now on.'
export const memoryPromise =
  "Understood. I'll exclude cash sweep redemption transactions from now on when I show your activity."

const dropped = 'Show me the transactions above 500 that are settled.'
const highest = 'Which of the holdings has the highest dividend?'
const holdings = [
  { fund: 'Alpine Bonds', dividend: 3.25 },
  { fund: 'Harbor Equity', dividend: 5.75 },
]

export const plants: readonly Plant[] = [
  {
    detector: 'tool-failure',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, fails(tool, 'connection refused by the ledger service'), says(answer, admitted)],
      at: 1,
    }),
  },
  {
    detector: 'refused-call',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, fails(tool, 'validation failed: unknown field in the arguments'), says(answer, admitted)],
      at: 0,
    }),
  },
  {
    detector: 'failed-execution',
    into: (_, [plan, tool, answer]) => ({
      acts: [
        says(plan, 'I add it up:\n```python\nprint(total)\n```'),
        {
          ...tool,
          name: 'Terminal',
          output: [{ role: 'tool', text: "exitcode: 1\nNameError: name 'total' is not defined" }],
        },
        says(answer, admitted),
      ],
      at: 0,
    }),
  },
  {
    detector: 'ignored-error',
    into: (_, [plan, tool, answer]) => ({
      acts: [
        plan,
        fails(tool, 'connection refused by the ledger service'),
        says(answer, 'All is well with it.'),
      ],
      at: 2,
      origin: 1,
    }),
  },
  {
    detector: 'schema-violation',
    needsCalls: true,
    into: ({ tool: name }, [plan, tool, answer]) => ({
      acts: [
        {
          ...plan,
          output: [{ role: 'assistant', text: '', calls: [{ id: 'call_bad', name, args: { which: 7 } }] }],
        },
        { ...tool, input: { id: 'call_bad' } },
        answer,
      ],
      at: 0,
    }),
  },
  {
    detector: 'retried-call',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, fails(tool, 'timed out after 30 s'), tool, answer],
      at: 1,
      origin: 'none',
    }),
  },
  {
    detector: 'lost-constraint',
    request: dropped,
    into: (_, [plan, tool, answer]) => ({
      acts: [
        { ...plan, input: chat(instructions, dropped), output: { query: { settled: false, above: 500 } } },
        { ...tool, input: { settled: false, above: 500 }, output: { transactions: [{ kind: 'deposit' }] } },
        says(answer, 'There is one deposit.'),
      ],
      at: 0,
    }),
  },
  {
    detector: 'closed-choice',
    into: (_, acts) => ({
      acts: [
        step(
          'Router',
          'llm',
          chat(
            'Classify the request into one of: [balances, transactions, holdings]',
            'I want to cancel my insurance',
          ),
          { intent: 'balances', confidence: 0.41 },
        ),
        ...acts,
      ],
      at: 0,
    }),
  },
  {
    detector: 'contradicted-result',
    request: highest,
    into: (_, [plan, tool, answer]) => ({
      acts: [
        plan,
        { ...tool, output: { holdings } },
        says(answer, 'The highest dividend is 3.25, of Alpine Bonds.'),
      ],
      at: 2,
    }),
  },
  {
    detector: 'invented-fact',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, tool, says(answer, 'It stands at 71236.5 EUR.')],
      at: 2,
    }),
  },
  {
    detector: 'broken-promise',
    into: (_, [, , answer]) => ({
      acts: [says({ ...answer, input: chat(instructions, memoryRequest) }, memoryPromise)],
      at: 0,
    }),
  },
  {
    detector: 'unsupported-assumption',
    into: ({ answer: right }, [plan, tool, answer]) => ({
      acts: [plan, tool, says(answer, `Assuming that nothing was booked today: ${right}`)],
      at: 2,
    }),
  },
  {
    detector: 'unsupported-figure',
    into: (_, [plan, tool, answer]) => ({
      acts: [says(plan, 'It will be one of 48110, 51209 and 77331, I look it up.'), tool, answer],
      at: 0,
    }),
  },
  {
    detector: 'format-violation',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, tool, isTold(says(answer, 'Sure! Here you are: it is rising.'), 'Answer only in JSON.')],
      at: 2,
    }),
  },
  {
    detector: 'broken-instruction',
    into: ({ answer: right }, [plan, tool, answer]) => ({
      acts: [plan, tool, isTold(says(answer, right), 'Always end with "Anything else?"')],
      at: 2,
    }),
  },
  {
    detector: 'language-switch',
    place: 'last',
    into: (_, [plan, tool, answer]) => ({
      acts: [
        plan,
        tool,
        says(answer, 'Das ist nicht so einfach, und ich bin mit der Antwort für Sie auch nicht fertig.'),
      ],
      at: 2,
    }),
  },
  {
    detector: 'role-confusion',
    into: ({ answer: right }, [plan, tool, answer]) => ({
      acts: [plan, tool, says(answer, `${right}\nUser: And the other one?\nThat one is fine too.`)],
      at: 2,
    }),
  },
  {
    detector: 'empty-output',
    into: (_, [plan, tool, answer]) => ({ acts: [says(plan, ''), tool, answer], at: 0 }),
  },
  {
    detector: 'truncated-output',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, tool, { ...says(answer, 'The account you asked about is the one wi'), finish: 'length' }],
      at: 2,
    }),
  },
  {
    detector: 'context-overflow',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, tool, fails(answer, "This model's maximum context length is 8192 tokens")],
      at: 2,
    }),
  },
  {
    detector: 'repeated-call',
    into: (_, [plan, tool, answer]) => ({ acts: [plan, tool, tool, tool, answer], at: 2, origin: 0 }),
  },
  {
    detector: 'unanswered-call',
    needsCalls: true,
    into: (_, [plan, , answer]) => ({
      acts: [
        {
          ...plan,
          tools: [],
          output: [
            { role: 'assistant', text: '', calls: [{ id: 'call_lost', name: 'open_case', args: {} }] },
          ],
        },
        says({ ...answer, input: chat(instructions, 'Please go on.') }, 'Let us look at something else.'),
      ],
      at: 0,
    }),
  },
  {
    detector: 'empty-retrieval',
    into: (_, [, , answer]) => ({
      acts: [
        step('SearchDocuments', 'retriever', { query: 'fees of the account' }, { documents: [] }),
        says(answer, 'I could not look that up, sorry.'),
      ],
      at: 0,
    }),
  },
  {
    detector: 'slow-step',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, { ...tool, lastsMs: 90_000 }, answer],
      at: 1,
      origin: 'none',
    }),
  },
  {
    detector: 'token-outlier',
    fewestRuns: 14,
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, tool, { ...answer, tokens: 90_000 }],
      at: 2,
      origin: 'none',
    }),
  },
  {
    detector: 'failed-check',
    into: (_, acts) => ({
      acts: [
        ...acts,
        step(
          'CheckAnswer',
          'chain',
          { answer: 'it is rising' },
          { is_valid: false, reason: 'It leaves the question open' },
        ),
      ],
      at: 3,
      origin: 2,
    }),
  },
  {
    detector: 'failed-run',
    into: (_, acts) => ({
      acts: [
        ...acts,
        fails(step('FormatAnswer', 'chain', { answer: 'it is rising' }, undefined), 'no such template'),
      ],
      at: 3,
    }),
  },
]
