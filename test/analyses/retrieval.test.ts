import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { openHostedDesk } from '../../src/cli/analyses/hosted-desk.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { createUndiciTransport } from '../../src/gateway/transport/undici-transport.ts'
import { hostedAsker } from '../../src/refinery/stages/retrieval/hosted-call.ts'
import { hostedStore } from '../../src/refinery/stages/retrieval/hosted-store.ts'
import { openLocalStore, passagesOf } from '../../src/refinery/stages/retrieval/local-store.ts'
import { openSandbox } from '../../src/sandbox/open-sandbox.ts'
import { openAnalysisWorld } from './analysis-world.ts'
import { longTrace, originOf } from './long-trace.ts'

const files = [
  { group: 'g01', name: 'g01_trace_runs_001-002.md', text: '## run 1\nThe refund was refused' },
  { group: 'g02', name: 'g02_trace_runs_003-004.md', text: '## run 3\nThe refund was promised' },
]

test('retrieval: local search stays in the group that is asked about', async () => {
  const store = await openLocalStore('name', files)
  assert.ok(store.ok)
  const found = await store.value.search({ group: 'g02', query: 'refunds "OR* NEAR(', most: 5 })
  assert.deepEqual(found, { ok: true, value: ['## run 3\nThe refund was promised'] })
  const all = await store.value.search({ query: 'refund', most: 5 })
  assert.equal(all.ok && all.value.length, 2)
  assert.deepEqual(await store.value.search({ query: '  ', most: 5 }), { ok: true, value: [] })
  assert.deepEqual(await store.value.close(), [])
})

test('retrieval: passages are cut where sections begin, and nothing of the text is lost', () => {
  const text = `## a\n${'x'.repeat(2_000)}\n\n## b\n${'y'.repeat(2_000)}\n\n## c\n${'z'.repeat(7_000)}`
  const passages = passagesOf(text)
  assert.ok(passages.every((passage) => passage.length <= 3_000))
  assert.ok(passages[1]?.startsWith('## b'))
  assert.equal(passages.join('').replaceAll('\n', ''), text.replaceAll('\n', ''))
})

async function hosted(t: { after(then: () => unknown): void }) {
  const sandbox = await openSandbox()
  const transport = createUndiciTransport({ connectMs: 1_000 })
  t.after(async () => {
    await transport.close()
    await sandbox.close()
  })
  const { signal } = new AbortController()
  const open = hostedStore({
    ask: hostedAsker({ transport, baseUrl: `${sandbox.address}/v1`, key: 'k', local: true, signal }),
    clock: systemClock,
    signal,
    pollMs: 1,
  })
  return { sandbox, open }
}

test('retrieval: a hosted store is filled, polled, searched by its attribute, and taken away with its files', async (t) => {
  const { sandbox, open } = await hosted(t)
  const store = await open('refinery_x', files)
  assert.ok(store.ok)
  assert.deepEqual(sandbox.stored(), { stores: 1, files: 2 })
  const found = await store.value.search({ group: 'g01', query: 'refund', most: 5 })
  assert.deepEqual(found, { ok: true, value: ['## run 1\nThe refund was refused'] })
  assert.deepEqual(await store.value.close(), [])
  assert.deepEqual(sandbox.stored(), { stores: 0, files: 0 })
})

test('retrieval: where the host is not there, the analysis says so and leaves nothing', async (t) => {
  const { sandbox, open } = await hosted(t)
  await sandbox.close()
  const store = await open('refinery_x', files)
  assert.ok(!store.ok)
  assert.match(store.fault, /vector_stores/)
})

for (const way of ['local', 'hosted'] as const)
  test(`retrieval: an analysis that reads runs in outline says so (${way})`, async (t) => {
    const { sandbox, open } = await hosted(t)
    const world = openAnalysisWorld({ settings: { retrieval: way }, retrieval: { hosted: open } })
    const { analysis } = await world.run(longTrace({ runs: 35 }), 'The agent should say it has no memory')
    assert.equal(analysis.coverage.completionPercentage, 100)
    assert.equal(analysis.origin?.runId, originOf({ runs: 35 }))
    assert.equal(analysis.modelUse?.retrieval, way)
    assert.ok(analysis.notes.some((note) => /in outline.*retrieval/.test(note)))
    assert.ok(world.calls.every(({ tokens }) => tokens < 8_000))
    assert.match(world.calls[0]?.text ?? '', /found 1 ===/)
    assert.deepEqual(sandbox.stored(), { stores: 0, files: 0 })
  })

test('retrieval: what a process has left that is gone is taken away by the next, and of one that lives it is not', async (t) => {
  const sandbox = await openSandbox()
  const transport = createUndiciTransport({ connectMs: 1_000 })
  const dataDir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  t.after(async () => {
    await transport.close()
    await sandbox.close()
    rmSync(dataDir, { recursive: true })
  })
  const host = { dialect: 'responses', base_url: `${sandbox.address}/v1`, keys: ['k'], models: ['m'] }
  const file = { providers: { host } }
  const read = readConfig({ text: JSON.stringify(file), file: 'test.yaml', env: {} })
  assert.ok(read.ok)
  const deskOf = (start: string) => openHostedDesk({ dataDir, config: () => read.value, transport, start })
  const { signal } = new AbortController()
  const killed = deskOf('first').hostFor([{ provider: 'host' }], { analysisId: 'ana_1', signal })
  assert.ok(killed)
  const store = await hostedStore({ ask: killed.ask, clock: systemClock, signal, pollMs: 1 })(
    'refinery_x',
    files,
  )
  assert.ok(store.ok)
  await deskOf('first').sweep()
  assert.deepEqual(sandbox.stored(), { stores: 1, files: 2 })
  await deskOf('second').sweep()
  assert.deepEqual(sandbox.stored(), { stores: 0, files: 0 })
  assert.deepEqual(readdirSync(join(dataDir, 'analyses', 'hosted')), [])
})
