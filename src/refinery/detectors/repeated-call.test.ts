import { items, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('repeated-call', [
  [
    'three times the same',
    [tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items)],
    'r2',
  ],
  ['twice the same', [tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items)], undefined],
])
