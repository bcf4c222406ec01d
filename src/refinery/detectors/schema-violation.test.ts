import { model, testDetector } from '../../../test/refinery/detector-cases.ts'

const parameters = {
  type: 'object',
  required: ['city'],
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  additionalProperties: false,
}
const calls = (given: string, tools: readonly unknown[], name = 'weather') => [
  model('', {
    inputs: { messages: [{ role: 'user', content: 'Go' }], tools },
    outputs: {
      messages: [
        { role: 'assistant', content: '', tool_calls: [{ id: 'c', function: { name, arguments: given } }] },
      ],
    },
  }),
]
const openai = [{ type: 'function', function: { name: 'weather', parameters } }]
const anthropic = [{ name: 'weather', input_schema: parameters }]

testDetector('schema-violation', [
  ['a required argument is missing', calls('{"days":2}', openai), 'r1'],
  ['an argument of the wrong type', calls('{"city":"Bonn","days":"two"}', anthropic), 'r1'],
  ['an argument it does not have', calls('{"city":"Bonn","unit":"C"}', openai), 'r1'],
  ['arguments that are no JSON', calls('{"city":', openai), 'r1'],
  ['a tool that was not offered', calls('{}', openai, 'climate'), 'r1'],
  ['a call that fits', calls('{"city":"Bonn","days":2}', openai), undefined],
  ['no definitions are known', calls('{"days":2}', []), undefined],
])
