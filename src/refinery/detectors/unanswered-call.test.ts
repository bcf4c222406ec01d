import { asks, items, model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('unanswered-call', [
  ['nobody answers', [model('', { outputs: asks }), model('So it is.')], 'r1'],
  [
    'the tool answers',
    [model('', { outputs: asks }), tool({ id: 'c1' }, items), model('So it is.')],
    undefined,
  ],
])
