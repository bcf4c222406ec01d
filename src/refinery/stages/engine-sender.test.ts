import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFakeClock } from '../../sandbox/fake-clock.ts'
import { openWindows } from './engine-sender.ts'
import { defaultStageSettings } from './stage-settings.ts'

test('window: many questions set out one after the other, and others have their turn between', async () => {
  const clock = createFakeClock()
  const { setOut } = openWindows(clock, defaultStageSettings)('small')
  const log: string[] = []
  const all = ['first', 'second', 'third'].map(async (name) => {
    await setOut()
    log.push(name)
    clock.after(0, () => log.push(`beside ${name}`))
  })
  await clock.advance(0)
  await Promise.all(all)
  assert.deepEqual(log, ['first', 'beside first', 'second', 'beside second', 'third', 'beside third'])
})

test('window: one for each model', () => {
  const windows = openWindows(createFakeClock(), defaultStageSettings)
  assert.equal(windows('small'), windows('small'))
  assert.notEqual(windows('small'), windows('large'))
})
