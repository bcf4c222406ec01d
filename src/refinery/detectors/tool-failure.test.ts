import { items, model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('tool-failure', [
  [
    'a time-out is the tool’s',
    [model('I search'), tool({ q: 1 }, null, { error: 'timed out after 30 s' })],
    'r2',
  ],
  [
    'a result that says it failed',
    [tool({ q: 1 }, { ok: false, error: { message: 'connection refused' } })],
    'r1',
  ],
  [
    'refused arguments are not the tool’s',
    [model('x'), tool({ q: 1 }, null, { error: 'missing field "name"' })],
    undefined,
  ],
  ['a result is no failure', [tool({ q: 1 }, items)], undefined],
  [
    'the same call works before anybody speaks',
    [tool({ q: 1 }, null, { error: 'connection refused' }), tool({ q: 1 }, items)],
    undefined,
  ],
])
