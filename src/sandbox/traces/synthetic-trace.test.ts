import assert from 'node:assert/strict'
import { test } from 'node:test'
import { analyze } from '../../refinery/analyze.ts'
import { detectors } from '../../refinery/detectors/all.ts'
import { findFailures } from '../../refinery/find-failures.ts'
import { readTrace } from '../../refinery/import/read-trace.ts'
import { plants } from './plants.ts'
import { memoryCase, type SyntheticOptions, syntheticTrace } from './synthetic-trace.ts'
import { holdsCalls, type MessageShape, messageShapes } from './write-langsmith.ts'

const formats = [...messageShapes, 'langfuse', 'otlp'] as const
const sizes = [7, 14, 35]
const carries = (format: (typeof formats)[number]) => holdsCalls(format as MessageShape)

function made(options: SyntheticOptions) {
  const synthetic = syntheticTrace(options)
  assert.ok(synthetic)
  const trace = readTrace(JSON.stringify(synthetic.trace))
  assert.ok(trace.ok)
  return { trace: trace.value, answer: synthetic.answer }
}

test('synthetic traces: each detector has a planted fault', () => {
  assert.deepEqual(plants.map(({ detector }) => detector).sort(), detectors.map(({ id }) => id).sort())
})

for (const runs of sizes)
  for (const format of formats) {
    test(`synthetic traces: ${runs} healthy runs as ${format}: nothing is found`, () => {
      for (let seed = 1; seed <= 5; seed += 1) {
        const { trace } = made({ runs, seed, format })
        assert.equal(trace.runs.length, runs)
        assert.deepEqual(
          findFailures(trace.runs).findings.map(({ detector, says }) => [detector, says]),
          [],
        )
      }
    })
    test(`synthetic traces: ${runs} runs as ${format}: each planted fault is found where it is`, () => {
      for (const { detector, fewestRuns = 7, needsCalls } of plants) {
        if (runs < fewestRuns || (needsCalls && !carries(format))) continue
        const { trace, answer } = made({ runs, seed: 3, format, plant: detector })
        assert.equal(trace.runs.length, runs)
        const found = findFailures(trace.runs).findings.filter((one) => one.detector === detector)
        assert.deepEqual([...new Set(found.map(({ runId }) => runId))], [answer?.runId], detector)
        const { coverage, origin } = analyze(trace, { expected: 'A unicorn plays the xylophone' })
        assert.equal(origin?.runId, answer?.originRunId, `origin of ${detector}`)
        assert.equal(coverage.completionPercentage, 100)
      }
    })
  }

for (const runs of sizes)
  for (const format of formats)
    test(`synthetic traces: the memory case in ${runs} runs as ${format}`, () => {
      const { trace, answer, quote } = memoryCase({ runs, seed: 1, format })
      const read = readTrace(JSON.stringify(trace))
      assert.ok(read.ok)
      const analysis = analyze(read.value, {
        expected: 'The agent should say that it cannot remember preferences',
      })
      assert.equal(analysis.failureType, 'prompt_issue')
      assert.equal(analysis.origin?.runId, answer?.originRunId)
      assert.match(analysis.rootCause ?? '', /promises .*instructions.* (?:no|not) .*memory/)
      assert.ok(quote.includes(analysis.origin?.quote ?? '-') || analysis.origin?.quote?.includes(quote))
      assert.match(analysis.remediations[0]?.action ?? '', /no memory/)
      assert.equal(analysis.coverage.completionPercentage, 100)
      assert.equal(analysis.citations.struckOut, 0)
    })

test('synthetic traces: the same options give the same bytes, and the answer stands nowhere in them', () => {
  const options = { runs: 14, seed: 7, plant: 'broken-promise' }
  assert.deepEqual(syntheticTrace(options), syntheticTrace(options))
  const text = JSON.stringify(syntheticTrace(options)?.trace)
  for (const word of ['broken-promise', 'plant', 'answer_key', 'origin'])
    assert.ok(!text.includes(word), word)
})
