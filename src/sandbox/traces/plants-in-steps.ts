/** Faults of a step as a whole: how it ends, how long it lasts, how much it takes. */

import { fails, step } from './change-act.ts'
import type { Plant } from './plant.ts'

export const plantsInSteps: readonly Plant[] = [
  {
    detector: 'context-overflow',
    into: (_, [plan, tool, answer]) => ({
      acts: [plan, tool, fails(answer, "This model's maximum context length is 8192 tokens")],
      at: 2,
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
