import { testDetector, type Wire } from '../../../test/refinery/detector-cases.ts'

const lasting = (...seconds: readonly number[]): readonly Wire[] =>
  seconds.map((one) => ({
    name: 'Search',
    run_type: 'tool',
    inputs: { q: 'kettle' },
    outputs: { items: 1 },
    start_time: '2026-01-01T00:00:00Z',
    end_time: new Date(Date.UTC(2026, 0, 1) + one * 1_000).toISOString(),
  }))

testDetector('slow-step', [
  ['one that takes fifty times as long', lasting(1, 1, 1, 50, 1), 'r4'],
  ['five times as long is usual', lasting(1, 1, 1, 5, 1), undefined],
  ['short ones are never slow', lasting(0.01, 0.01, 0.01, 0.9, 0.01), undefined],
  ['two steps say nothing of what is usual', lasting(1, 50), undefined],
])
