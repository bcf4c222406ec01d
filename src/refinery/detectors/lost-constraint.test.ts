import { items, model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('lost-constraint', [
  [
    'a condition turned off',
    [
      model({ plan: { available: false, kind: 'kettle', below: 120 } }),
      tool({ available: false, kind: 'kettle', below: 120 }, items),
    ],
    'r1',
  ],
  [
    'a bound left out',
    [model({ plan: { available: true, kind: 'kettle' } }), tool({ available: true, kind: 'kettle' }, items)],
    'r1',
  ],
  [
    'all conditions kept',
    [
      model({ plan: { available: true, kind: 'kettle', below: 120 } }),
      tool({ available: true, kind: 'kettle', below: 120 }, items),
    ],
    undefined,
  ],
])
