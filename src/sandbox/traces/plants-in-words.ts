/** Faults of what a model says: against its instructions, the request, or the facts. */

import { chat, isTold, says, step } from './change-act.ts'
import { instructions } from './healthy-turns.ts'
import type { Plant } from './plant.ts'

const memoryRequest = 'Please leave out cash sweep redemption transactions from now on.'
export const memoryPromise =
  "Understood. I'll exclude cash sweep redemption transactions from now on when I show your activity."

const dropped = 'Show me the transactions above 500 that are settled.'

export const plantsInWords: readonly Plant[] = [
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
]
