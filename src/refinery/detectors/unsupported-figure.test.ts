import { model, testDetector } from '../../../test/refinery/detector-cases.ts'

testDetector('unsupported-figure', [
  ['three figures from nowhere', [model('It weighs 850 g, holds 1.7 l and has 2400 W.')], 'r1'],
  ['figures of the request', [model('It must cost less than 120.')], undefined],
])
