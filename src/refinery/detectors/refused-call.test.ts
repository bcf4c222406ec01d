import { model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('refused-call', [
  [
    'refused arguments are the caller’s',
    [model('I search {"q":1}'), tool({ q: 1 }, null, { error: 'schema error: name is required' })],
    'r1',
  ],
  [
    'an outage is nobody’s call',
    [model('x'), tool({ q: 1 }, null, { error: 'invalid gateway: 502' })],
    undefined,
  ],
])
