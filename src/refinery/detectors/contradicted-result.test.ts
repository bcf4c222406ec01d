import { items, model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('contradicted-result', [
  ['the wrong row of a superlative', [tool({ q: 1 }, items), model('The cheapest costs 164.25.')], 'r2'],
  ['the right row', [tool({ q: 1 }, items), model('The cheapest costs 137.50, that is 137.5.')], undefined],
  ['none, though there are some', [tool({ q: 1 }, items), model('No items match that.')], 'r2'],
  ['none, and there are none', [tool({ q: 1 }, { items: [] }), model('No items match that.')], undefined],
])
