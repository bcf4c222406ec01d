import { testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('empty-retrieval', [
  ['an empty list', [tool({ q: 'kettle' }, { documents: [] })], 'r1'],
  ['a list', [tool({ q: 'kettle' }, { documents: ['one'] })], undefined],
])
