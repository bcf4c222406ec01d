import { model, testDetector } from '../../../test/refinery/detector-cases.ts'

testDetector('unsupported-assumption', [
  ['an assumption', [model('Assuming that it is available, I choose a1.')], 'r1'],
  ['no assumption', [model('I choose a1.')], undefined],
])
