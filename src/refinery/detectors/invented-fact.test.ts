import { items, model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('invented-fact', [
  ['a figure from nowhere', [tool({ q: 1 }, items), model('It costs 99.95.')], 'r2'],
  ['a figure of the result', [tool({ q: 1 }, items), model('It costs 137.5.')], undefined],
])
