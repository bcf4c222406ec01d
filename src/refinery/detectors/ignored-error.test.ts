import { items, model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('ignored-error', [
  [
    'the next step speaks as if nothing were',
    [tool({ q: 1 }, null, { error: 'connection refused' }), model('The cheapest is a1.')],
    'r2',
  ],
  [
    'the next step says so',
    [tool({ q: 1 }, null, { error: 'connection refused' }), model('The search failed, sorry.')],
    undefined,
  ],
  [
    'the same call works before anybody speaks',
    [
      tool({ q: 1 }, null, { error: 'connection refused' }),
      tool({ q: 1 }, items),
      model('The cheapest is a1.'),
    ],
    undefined,
  ],
])
