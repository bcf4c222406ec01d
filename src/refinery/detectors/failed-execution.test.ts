import { model, testDetector, tool } from '../../../test/refinery/detector-cases.ts'

testDetector('failed-execution', [
  [
    'code that ends with an error is its author’s',
    [
      model('```python\nx\n```'),
      tool({}, { messages: [{ role: 'tool', content: 'exitcode: 1 (execution failed)\nNameError: x' }] }),
    ],
    'r1',
  ],
  [
    'code that ends well',
    [model('```python\n1\n```'), tool({}, { messages: [{ role: 'tool', content: 'exitcode: 0\n1' }] })],
    undefined,
  ],
])
