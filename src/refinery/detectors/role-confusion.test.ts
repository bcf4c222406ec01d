import { model, testDetector, told } from '../../../test/refinery/detector-cases.ts'

const goesOn = 'It costs 40.\nUser: And the other one?\nIt costs 50.'

testDetector('role-confusion', [
  ['the model writes the next question too', [model(goesOn)], 'r1'],
  ['a dialogue that was asked for', [model(goesOn, told('Write a dialogue.', 'Go'))], undefined],
  ['the word in a sentence', [model('Each user: one kettle.')], undefined],
])
