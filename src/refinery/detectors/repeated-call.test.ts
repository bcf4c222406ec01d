import { items, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('repeated-call', [
  [
    'three times the same',
    [tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items)],
    'r2',
  ],
  ['twice the same', [tool({ q: 'kettle' }, items), tool({ q: 'kettle' }, items)], undefined],
  [
    'asked again after other work',
    [0, 1, 2].flatMap((at) => [
      tool({ q: 'kettle' }, items),
      ...[1, 2, 3, 4, 5, 6, 7].map((more) => tool({ q: `pan ${at} ${more}` }, items)),
    ]),
    undefined,
  ],
])
