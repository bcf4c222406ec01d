import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { openTestRecord } from '../../test/open-test-record.ts'
import { systemClock } from '../base/clock.ts'
import { readConfig } from '../config/read-config.ts'
import type { EngineParts } from '../gateway/engine/engine-port.ts'
import type { AnyEvent } from '../protocol/events.ts'
import type { Attempt } from '../protocol/plan.ts'
import { createBus } from '../record/bus.ts'
import { createFakeClock } from '../sandbox/fake-clock.ts'

const yaml = `providers: { a: { dialect: openai, base_url: "https://a.example/v1", keys: [k] } }
routes: { chat: { targets: [ { provider: a, models: [m] } ] } }
`
const attempt: Attempt = {
  provider: 'a',
  model: 'm',
  key: 'key_1',
  startedMs: 0,
  endedMs: 100,
  next: 'done',
  because: 'the answer is complete',
}
type Entered = Parameters<EngineParts['notary']['record']>[0]

test('record: who listens hears what is known of a target after each request that called it', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const read = readConfig({ text: yaml, file: 'a.yaml', env: {} })
  assert.ok(read.ok)
  const bus = createBus({ clock: systemClock, source: 'test' })
  const heard: AnyEvent[] = []
  const record = await openTestRecord({ config: () => read.value, dataDir: dir, bus })
  const notary = record.watch({ record: async () => ({ ok: true }) } as unknown as EngineParts['notary'])
  const enter = (attempts: readonly Attempt[]) =>
    notary.record(
      {
        route: 'chat',
        outcome: 'SUCCESS',
        attempts,
        resilienceEvents: [],
        totalLatencyMs: 1,
      } as unknown as Entered,
      { initialPrompt: '', messages: [] },
    )
  await enter([attempt])
  bus.subscribe(['learning.updated'], (event) => void heard.push(event))
  await enter([])
  await enter([attempt, attempt])
  await turn()
  assert.deepEqual(
    heard.map(({ payload }) => payload),
    [{ provider: 'a', model: 'm', score: 0.825 }],
  )
  await record.close()
})

test('record: closed while what was learned is being saved, it leaves no timer behind', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const read = readConfig({ text: yaml, file: 'a.yaml', env: {} })
  assert.ok(read.ok)
  const clock = createFakeClock()
  const bus = createBus({ clock, source: 'test' })
  const record = await openTestRecord({ config: () => read.value, dataDir: dir, bus, clock })
  const notary = record.watch({ record: async () => ({ ok: true }) } as unknown as EngineParts['notary'])
  await notary.record(
    { route: 'chat', attempts: [attempt], resilienceEvents: [] } as unknown as Entered,
    {} as never,
  )
  const saving = clock.advance(2_000)
  await record.close()
  await saving
  await turn()
  assert.equal(clock.pending(), 0)
})
