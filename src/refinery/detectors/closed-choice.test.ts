import { model, testDetector, told } from '../../../test/refinery/detector-cases.ts'

testDetector('closed-choice', [
  [
    'no choice fits',
    [
      model(
        { intent: 'billing', confidence: 0.4 },
        told('Classify into one of: [billing, shipping]', 'Delete my account'),
      ),
    ],
    'r1',
  ],
  [
    'a choice fits',
    [
      model(
        { intent: 'billing', confidence: 0.9 },
        told('Classify into one of: [billing, shipping]', 'A question on billing'),
      ),
    ],
    undefined,
  ],
])
