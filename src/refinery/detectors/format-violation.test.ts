import { model, testDetector, told } from '../../../test/refinery/detector-cases.ts'

testDetector('format-violation', [
  [
    'prose where JSON was asked for',
    [model('Sure! Here you are.', told('Answer only in JSON.', 'Go'))],
    'r1',
  ],
  ['JSON in a fence', [model('```json\n{"a":1}\n```', told('Answer only in JSON.', 'Go'))], undefined],
])
