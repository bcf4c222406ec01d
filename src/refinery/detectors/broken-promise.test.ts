import { model, testDetector } from '../../../test/refinery/detector-cases.ts'

testDetector('broken-promise', [
  [
    'a promise without a tool',
    [model('I’ve noted it: I will exclude it from now on.'.replace('’', "'"))],
    'r1',
  ],
  [
    'a promise with a tool',
    [
      model('', {
        outputs: {
          messages: [
            {
              role: 'assistant',
              content: 'I will remember that.',
              tool_calls: [{ id: 'c', function: { name: 'save', arguments: '{}' } }],
            },
          ],
        },
      }),
    ],
    undefined,
  ],
  ['a plan is no promise', [model("I'll write code to follow up on this.")], undefined],
])
