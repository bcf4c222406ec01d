import { items, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

const down = { error: 'connection refused' }

testDetector('retried-call', [
  ['it works the second time', [tool({ q: 1 }, null, down), tool({ q: 1 }, items)], 'r1'],
  [
    'it works the third time',
    [tool({ q: 1 }, null, down), tool({ q: 1 }, null, down), tool({ q: 1 }, items)],
    'r1',
  ],
  ['it never works', [tool({ q: 1 }, null, down), tool({ q: 1 }, null, down)], undefined],
  ['another call works', [tool({ q: 1 }, null, down), tool({ q: 2 }, items)], undefined],
])
