import { model, testDetector, told } from '../../../test/refinery/detector-cases.ts'

const question = {
  name: 'user',
  run_type: 'prompt',
  outputs: {
    messages: [
      {
        role: 'user',
        content: 'Which of the kettles that you have is the cheapest, and what is the price with tax?',
      },
    ],
  },
}
const german = 'Der Kessel ist nicht teuer, und er wird mit einem Filter geliefert, das ist auch für Tee gut.'

testDetector('language-switch', [
  ['German for an English request', [question, model(german)], 'r2'],
  ['Chinese for an English request', [question, model('最便宜的水壶是这一个,价格很低。')], 'r2'],
  [
    'English for an English request',
    [question, model('The cheapest is this one, and it is what you have asked.')],
    undefined,
  ],
  ['a translation that was asked for', [question, model(german, told('Answer in German.', 'Go'))], undefined],
  ['too short to tell', [question, model('Ja.')], undefined],
])
