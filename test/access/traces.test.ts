/** Whose traces a key sees, writes and scores. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client, RunTree } from 'langsmith'
import { adminKey, type ClosedServer, openClosedServer } from './closed-server.ts'

let server: ClosedServer
let keys: Readonly<Record<'acmeAsks' | 'acmeReads' | 'otherAsks' | 'otherReads', string>>
before(async () => {
  server = await openClosedServer()
  keys = {
    acmeAsks: server.make({ scopes: ['inference'], tenant: 'acme' }),
    acmeReads: server.make({ scopes: ['read'], tenant: 'acme' }),
    otherAsks: server.make({ scopes: ['inference'], tenant: 'other' }),
    otherReads: server.make({ scopes: ['read'], tenant: 'other' }),
  }
  const client = new Client({ apiUrl: server.url, apiKey: keys.acmeAsks })
  const run = new RunTree({
    id: traceId,
    name: 'secret plan',
    run_type: 'chain',
    inputs: { plan: 'x' },
    client,
  })
  await run.postRun()
  await run.end({ done: true })
  await run.patchRun()
  await client.awaitPendingTraceBatches()
})
after(() => server.close())

const traceId = '0d3e5a3c-5b0a-4b7e-9d1c-0a1b2c3d4e5f'

async function ask(path: string, key: string, body?: object) {
  const answer = await fetch(server.url + path, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  })
  return { status: answer.status, body: (await answer.json()) as unknown }
}

async function names(path: string, key: string): Promise<readonly string[]> {
  const { traces } = (await ask(path, key)).body as { readonly traces: readonly { readonly name: string }[] }
  return traces.map(({ name }) => name)
}

test('access: a tenant sees the traces its own keys sent, and no other does', async () => {
  assert.deepEqual(await names('/v1/traces', keys.acmeReads), ['secret plan'])
  assert.deepEqual(await names('/v1/traces', keys.otherReads), [])
  assert.deepEqual(await names('/v1/traces?q=secret', keys.otherReads), [])
  assert.equal((await ask(`/v1/traces/${traceId}`, keys.acmeReads)).status, 200)
  assert.equal((await ask(`/v1/traces/${traceId}`, keys.otherReads)).status, 404)
})

test('access: naming another tenant changes nothing, but for a caller of all of them', async () => {
  assert.deepEqual(await names('/v1/traces?tenant=acme', keys.otherReads), [])
  assert.deepEqual(await names('/v1/traces?tenant=acme', adminKey), ['secret plan'])
  assert.equal((await ask(`/v1/traces/${traceId}?tenant=acme`, adminKey)).status, 200)
})

test('access: nobody scores or overwrites another tenant’s run', async () => {
  const feedback = { run_id: traceId, key: 'helpful', score: 0 }
  assert.equal((await ask('/v1/feedback', keys.otherAsks, feedback)).status, 404)
  assert.equal((await ask('/v1/feedback', keys.acmeAsks, feedback)).status, 201)
  const run = { id: traceId, trace_id: traceId, name: 'overwritten', run_type: 'chain' }
  assert.equal((await ask('/runs', keys.otherAsks, run)).status, 202)
  assert.deepEqual(await names('/v1/traces', keys.acmeReads), ['secret plan'])
})

test('access: a key that calls models reads no traces, and one that reads sends none', async () => {
  assert.equal((await ask('/v1/traces', keys.acmeAsks)).status, 403)
  assert.equal((await ask('/v1/traces', keys.acmeReads, { resourceSpans: [] })).status, 403)
})
