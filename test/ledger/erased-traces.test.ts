/** Traces hold the ledger's texts and lose them with it: when they are erased, and when they are too old. */

import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import type { Run } from '../../src/protocol/run.ts'
import { journalFile } from '../../src/record/data-directory.ts'
import { placeOrder } from '../../src/record/erase-order.ts'
import type { KeepingRules } from '../../src/record/runs/run-questions.ts'
import { openRunStore, type RunStore } from '../../src/record/runs/run-store.ts'
import { openTestLedger, recordOf } from './filled-ledger.ts'

const canary = 'the-canary-sings-at-dawn'

function openStore(dir: string, keeping: Partial<KeepingRules> = {}): RunStore {
  const payloads = { previews: 'full', textCharacters: 1_000 } as const
  return openRunStore({
    dir,
    keeping: { payloads, ...keeping },
    tellsRuns: false,
    clock: systemClock,
    onProblem: () => {},
  })
}

async function ask(store: RunStore, question: Parameters<RunStore['ask']>[0]) {
  const answer = await store.ask(question)
  return answer.ok ? JSON.parse(answer.value) : answer.fault
}
const found = async (store: RunStore, search: string): Promise<readonly string[]> => {
  const filter = { limit: 500, search }
  const { traces } = await ask(store, { kind: 'traces', tenant: 'default', filter })
  return traces.map(({ traceId }: { traceId: string }) => traceId)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) {
    if (await isSo()) return
    await systemClock.sleep(50)
  }
  throw new Error('it did not come about')
}

for (const requests of [3, 700]) {
  test(`erased traces: what an order of ${requests} requests erases leaves the traces, which stay without texts`, async (t) => {
    const { dir, open, notary, remove } = await openTestLedger()
    t.after(remove)
    const store = openStore(dir)
    const ids: string[] = []
    for (let at = 0; at < requests + 2; at += 1) {
      const record = recordOf()
      ids.push(record.requestId)
      await notary.record(record, { initialPrompt: canary, finalResponse: `answer ${at}` })
    }
    await until(async () => (await found(store, canary)).length === Math.min(500, requests + 2))
    const db = new DatabaseSync(journalFile(dir))
    placeOrder(db, 'ord_1', { requestIds: ids.slice(0, requests) })
    db.close()
    await until(async () => (await found(store, canary)).length === 2)
    assert.deepEqual((await found(store, canary)).toSorted(), ids.slice(requests).toSorted())
    const { trace, runs } = await ask(store, { kind: 'trace', tenant: 'default', traceId: ids[0] ?? '' })
    assert.equal(trace.status, 'success')
    assert.deepEqual(
      (runs as Run[]).flatMap(({ messages }) => [...messages.input, ...messages.output]),
      [],
    )
    await store.close()
    await open.ledger.close()
  })
}

test('erased traces: the gateway’s own go when their texts are too old, others when traces are', async (t) => {
  const { dir, open, notary, remove } = await openTestLedger()
  t.after(remove)
  const dayMs = 86_400_000
  const ago = (days: number) => systemClock.wallMs() - days * dayMs
  const first = openStore(dir)
  const at = (days: number) => ({ ...recordOf(), atUtc: new Date(ago(days)).toISOString() })
  const [old, young] = [at(3), at(1)]
  for (const record of [old, young]) await notary.record(record, { initialPrompt: canary })
  const send = (id: string, days: number) => {
    const run = { id, trace_id: id, run_type: 'chain', start_time: ago(days), inputs: { text: canary } }
    const bytes = new TextEncoder().encode(JSON.stringify({ post: [run] }))
    const body = { format: 'langsmith_batch', bytes, contentType: 'application/json', encoding: '' } as const
    return ask(first, { kind: 'ingest', tenant: 'default', body })
  }
  await send('outside-old', 8)
  await send('outside-young', 3)
  await until(async () => (await found(first, canary)).length === 4)
  await first.close()
  const second = openStore(dir, { keepForMs: 7 * dayMs, previewsForMs: 2 * dayMs })
  await until(async () => (await found(second, canary)).length === 2)
  assert.deepEqual((await found(second, canary)).toSorted(), ['outside-young', young.requestId].toSorted())
  await second.close()
  await open.ledger.close()
})
