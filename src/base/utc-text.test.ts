import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utcText } from './utc-text.ts'

test('times as texts: each its own, also one that comes again', () => {
  const times = [0, 1_767_225_600_123, 1_767_225_600_123, 0, 1_767_225_600_124]
  assert.deepEqual(times.map(utcText), [
    '1970-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.123Z',
    '2026-01-01T00:00:00.123Z',
    '1970-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.124Z',
  ])
})
