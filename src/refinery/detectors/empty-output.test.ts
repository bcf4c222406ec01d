import { asks, items, model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('empty-output', [
  ['silence before another step', [model(''), model('Yes')], 'r1'],
  ['a call is no silence', [model('', { outputs: asks }), tool({ id: 'c1' }, items)], undefined],
  ['its writer recorded no output', [model('', { outputs: null }), model('Yes')], undefined],
])
