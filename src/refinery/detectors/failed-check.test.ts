import { model, testDetector } from '../../../test/refinery/detector-cases.ts'

testDetector('failed-check', [
  [
    'a check says no',
    [
      model('x'),
      { name: 'Check', run_type: 'chain', inputs: {}, outputs: { is_valid: false, reason: 'too short' } },
    ],
    'r2',
  ],
  [
    'a check says yes',
    [model('x'), { name: 'Check', run_type: 'chain', inputs: {}, outputs: { is_valid: true } }],
    undefined,
  ],
])
