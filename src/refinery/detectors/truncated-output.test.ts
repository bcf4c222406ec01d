import { model, testDetector } from '../../../test/refinery/detector-cases.ts'

testDetector('truncated-output', [
  [
    'stopped by the limit',
    [
      model({
        choices: [{ finish_reason: 'length', message: { role: 'assistant', content: 'And th' } }],
        meta: { finish_reason: 'length' },
      }),
    ],
    'r1',
  ],
  ['stopped by itself', [model('And that is all.')], undefined],
])
