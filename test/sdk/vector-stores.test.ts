/** The sandbox's files and vector stores, by OpenAI's own SDK: what hosted retrieval is tested against speaks the real wire. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI, { BadRequestError, NotFoundError, toFile } from 'openai'
import type { FileObject } from 'openai/resources/files'
import type { VectorStoreFile } from 'openai/resources/vector-stores/files'
import type { VectorStore, VectorStoreSearchParams } from 'openai/resources/vector-stores/vector-stores'
import { openSandbox } from './open-sandbox.ts'

const sandbox = await openSandbox()
const client = new OpenAI({ baseURL: `${sandbox.address}/v1`, apiKey: 'k', maxRetries: 0 })

const upload = (name: string, text: string) =>
  toFile(Buffer.from(text), name).then((file) =>
    client.files.create({
      file,
      purpose: 'assistants',
      expires_after: { anchor: 'created_at', seconds: 86_400 },
    }),
  )
const fields = (value: object) => Object.keys(value).sort()

test('vector stores: a store is made, filled with attributes, polled, searched and taken away', async () => {
  const store: VectorStore = await client.vectorStores.create({
    name: 'refinery_1',
    expires_after: { anchor: 'last_active_at', days: 1 },
  })
  assert.deepEqual([store.object, store.name, store.status], ['vector_store', 'refinery_1', 'completed'])
  assert.equal((store.expires_at ?? 0) - store.created_at, 86_400)

  const refused: FileObject = await upload('g01_trace_runs_001-006.md', 'The refund was refused.')
  const promised = await upload('g02_trace_runs_007-012.md', 'The refund was promised.')
  assert.deepEqual([refused.object, refused.purpose, refused.bytes], ['file', 'assistants', 23])
  assert.equal((refused.expires_at ?? 0) - refused.created_at, 86_400)

  const added: VectorStoreFile = await client.vectorStores.files.create(store.id, {
    file_id: refused.id,
    attributes: { group: 'g01', first: 1, failed: true },
  })
  assert.deepEqual([added.status, added.vector_store_id], ['in_progress', store.id])
  const early = await client.vectorStores.search(store.id, { query: 'refund' })
  assert.deepEqual(early.data, [])
  const second = await client.vectorStores.files.createAndPoll(
    store.id,
    { file_id: promised.id, attributes: { group: 'g02', first: 7, failed: false } },
    { pollIntervalMs: 1 },
  )
  assert.deepEqual([second.status, second.attributes?.['group']], ['completed', 'g02'])
  assert.equal((await client.vectorStores.retrieve(store.id)).status, 'in_progress')
  const ready = await client.vectorStores.retrieve(store.id)
  assert.deepEqual(
    [ready.status, ready.file_counts],
    ['completed', { in_progress: 0, completed: 2, failed: 0, cancelled: 0, total: 2 }],
  )

  const groups = async (filters: VectorStoreSearchParams['filters'], query: string | string[] = 'refund') => {
    const page = await client.vectorStores.search(store.id, { query, ...(filters ? { filters } : {}) })
    return page.data.map(({ attributes }) => attributes?.['group']).sort()
  }
  assert.deepEqual(await groups(undefined), ['g01', 'g02'])
  assert.deepEqual(await groups({ type: 'eq', key: 'group', value: 'g02' }), ['g02'])
  assert.deepEqual(await groups({ type: 'eq', key: 'other', value: 'g02' }), [])
  assert.deepEqual(await groups({ type: 'ne', key: 'group', value: 'g02' }), ['g01'])
  assert.deepEqual(await groups({ type: 'gte', key: 'first', value: 7 }), ['g02'])
  assert.deepEqual(await groups({ type: 'in', key: 'group', value: ['g01', 'g09'] }), ['g01'])
  const both = [
    { type: 'eq', key: 'failed', value: true },
    { type: 'lt', key: 'first', value: 7 },
  ] as const
  assert.deepEqual(await groups({ type: 'and', filters: [...both] }), ['g01'])
  assert.deepEqual(
    await groups({ type: 'or', filters: [...both, { type: 'eq', key: 'group', value: 'g02' }] }),
    ['g01', 'g02'],
  )
  const [best] = (
    await client.vectorStores.search(store.id, { query: ['promised', 'refund'], max_num_results: 1 })
  ).data
  assert.deepEqual(
    [best?.filename, best?.content, best && fields(best)],
    [
      'g02_trace_runs_007-012.md',
      [{ type: 'text', text: 'The refund was promised.' }],
      ['attributes', 'content', 'file_id', 'filename', 'score'],
    ],
  )

  const listed: string[] = []
  for await (const one of client.vectorStores.files.list(store.id)) listed.push(one.id)
  assert.deepEqual(listed, [refused.id, promised.id])
  const detached = await client.vectorStores.files.delete(refused.id, { vector_store_id: store.id })
  assert.deepEqual(detached, { id: refused.id, object: 'vector_store.file.deleted', deleted: true })
  assert.equal((await client.files.retrieve(refused.id)).id, refused.id)

  assert.deepEqual(await client.vectorStores.delete(store.id), {
    id: store.id,
    object: 'vector_store.deleted',
    deleted: true,
  })
  // Deleting the store leaves its files.
  assert.deepEqual(sandbox.stored(), { stores: 0, files: 2 })
  for (const { id } of [refused, promised])
    assert.deepEqual(await client.files.delete(id), { id, object: 'file', deleted: true })
  assert.deepEqual(sandbox.stored(), { stores: 0, files: 0 })
})

test('vector stores: what is wrong or not there is told in OpenAI’s envelope', async () => {
  const store = await client.vectorStores.create({})
  await assert.rejects(client.vectorStores.retrieve('vs_none'), NotFoundError)
  await assert.rejects(client.vectorStores.files.create(store.id, { file_id: 'none' }), NotFoundError)
  await assert.rejects(client.vectorStores.search(store.id, { query: '' }), BadRequestError)
  await assert.rejects(
    client.vectorStores.search(store.id, { query: 'q', max_num_results: 51 }),
    BadRequestError,
  )
  await assert.rejects(
    client.vectorStores.search(store.id, { query: 'q', filters: { type: 'and', filters: [{}] } }),
    BadRequestError,
  )
  const file = await upload('a.md', 'x')
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`a${at}`, 'x']))
  await assert.rejects(
    client.vectorStores.files.create(store.id, { file_id: file.id, attributes: many }),
    BadRequestError,
  )
  await client.vectorStores.delete(store.id)
  await assert.rejects(client.vectorStores.delete(store.id), NotFoundError)
  await client.files.delete(file.id)
})
