import { model, testDetector, type Wire } from '../../../test/refinery/detector-cases.ts'

const using = (...tokens: readonly number[]): readonly Wire[] =>
  tokens.map((one) =>
    model({
      messages: [{ role: 'assistant', content: 'Yes' }],
      usage: { prompt_tokens: one, completion_tokens: 0 },
    }),
  )

testDetector('token-outlier', [
  ['one that reads a hundred times as much', using(500, 500, 50_000, 500, 500), 'r3'],
  ['three times as much is usual', using(5_000, 5_000, 15_000, 5_000, 5_000), undefined],
  ['little is never too much', using(10, 10, 1_000, 10, 10), undefined],
])
