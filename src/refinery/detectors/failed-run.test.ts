import { testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('failed-run', [
  ['a step with an error', [{ name: 'Chain', run_type: 'chain', inputs: {}, error: 'boom' }], 'r1'],
  [
    'a step that ended well',
    [{ name: 'Chain', run_type: 'chain', inputs: {}, outputs: { a: 1 } }],
    undefined,
  ],
  ['a tool has a detector of its own', [tool({ q: 1 }, null, { error: 'boom' })], undefined],
])
