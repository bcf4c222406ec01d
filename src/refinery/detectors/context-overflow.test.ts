import { model, testDetector } from '../../../test/refinery/detector-cases.ts'

testDetector('context-overflow', [
  ['the model says so', [model('', { error: 'This model’s maximum context length is 8192 tokens' })], 'r1'],
  ['another error is not the context’s', [model('', { error: 'connection refused' })], undefined],
])
