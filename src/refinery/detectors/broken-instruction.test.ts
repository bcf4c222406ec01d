import { model, testDetector, told } from '../../../test/refinery/detector-cases.ts'

const says = (instructions: string, answer: string) => [model(answer, told(instructions, 'Go'))]

testDetector('broken-instruction', [
  [
    'too many words',
    says('Answer in at most 5 words.', 'This answer has far more words than five of them.'),
    'r1',
  ],
  ['few enough words', says('Answer in at most 5 words.', 'This one is short.'), undefined],
  ['too many sentences', says('Use no more than 2 sentences.', 'One. Two. Three. Four.'), 'r1'],
  ['a forbidden word', says('Never mention the name "Acme".', 'Our partner Acme has it.'), 'r1'],
  ['a forbidden word left out', says('Never mention the name "Acme".', 'Our partner has it.'), undefined],
  ['an end that is missing', says('Always end with "Anything else?"', 'It costs 40.'), 'r1'],
  [
    'an end that is there',
    says('Always end with "Anything else?"', 'It costs 40. Anything else?'),
    undefined,
  ],
])
