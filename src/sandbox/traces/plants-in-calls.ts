/** Faults of tools: of their calls, their results, and what is made of these. */

import { admitted, chat, fails, says, step } from './change-act.ts'
import { instructions } from './healthy-turns.ts'
import type { Plant } from './plant.ts'

const highest = 'Which of the holdings has the highest dividend?'
const holdings = [
  { fund: 'Alpine Bonds', dividend: 3.25 },
  { fund: 'Harbor Equity', dividend: 5.75 },
]

export const plantsInCalls: readonly Plant[] = [
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
]
