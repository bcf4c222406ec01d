import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCallProfile, readSamples } from './call-profile.ts'

const sample = { stage: 'diagnosis', cap: 1_000, inputTokens: 700, outputTokens: 300, tookMs: 5_000 } as const

test('profile: without a call the whole limit is reserved, and the rest is guessed', () => {
  const profile = createCallProfile()
  assert.equal(profile.reserve('diagnosis', 1_000), 1_000)
  assert.equal(profile.expect('diagnosis', 1_000).outputTokens, 500)
  assert.equal(profile.expectInput('diagnosis', 42), 42)
})

test('profile: after some calls the 95th percentile is reserved, and the more beside it the fewer they are', () => {
  const profile = createCallProfile(Array.from({ length: 5 }, () => sample))
  assert.equal(profile.reserve('diagnosis', 1_000), 402)
  assert.equal(createCallProfile([sample]).reserve('diagnosis', 1_000), 1_000)
  assert.deepEqual(profile.expect('diagnosis', 2_000), { outputTokens: 600, callMs: 5_000, isGuessed: false })
  // The speed that was seen, for as long an answer as was seen: 1.5 s until it starts, 3.5 s for 300 tokens.
  assert.deepEqual(profile.expect('synthesis', 2_000), { outputTokens: 600, callMs: 8_500, isGuessed: true })
  assert.equal(profile.expectInput('diagnosis', 42), 700)
  assert.equal(profile.reserve('synthesis', 1_000), 1_000)
})

test('profile: what is kept is read back, and nothing else', () => {
  assert.deepEqual(
    readSamples({ samples: [sample, { ...sample, cap: 0 }, { ...sample, tookMs: 'x' }, null] }),
    [sample],
  )
  assert.deepEqual(readSamples('no'), [])
})

test('profile: what is expected follows each call that is noted', () => {
  const profile = createCallProfile([sample])
  assert.equal(profile.expect('diagnosis', 1_000).callMs, 5_000)
  profile.note({ ...sample, outputTokens: 500, tookMs: 7_000 })
  assert.deepEqual(profile.expect('diagnosis', 1_000), { outputTokens: 400, callMs: 6_000, isGuessed: false })
})
