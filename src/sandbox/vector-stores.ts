/** OpenAI's files and vector stores, simulated: kept in memory, searched by words in common, gone when they are deleted. */

import type { ServerResponse } from 'node:http'
import { isRecord, parseJson } from '../base/text.ts'
import { sendJson } from './send-reply.ts'
import { type Attributes, flawOf, type Held, searchIn } from './vector-search.ts'

interface StoredFile {
  readonly name: string
  readonly text: string
  readonly purpose: string
  readonly bytes: number
  readonly expires: object
}

interface StoredIn {
  readonly fileId: string
  readonly attributes: Attributes
  /** Looks until it is ready. */
  looksLeft: number
}

interface Store {
  readonly name: string
  readonly expires: object
  readonly files: StoredIn[]
}

export interface VectorStores {
  /** False where the path is none of theirs. */
  serve(call: StoreCall, response: ServerResponse): Promise<boolean>
  /** What has not been deleted. */
  counts(): { readonly stores: number; readonly files: number }
}

export interface StoreCall {
  readonly method: string
  /** Without a query. */
  readonly path: string
  readonly type: string
  readonly body: Buffer
}

interface Shelf {
  readonly files: Map<string, StoredFile>
  readonly stores: Map<string, Store>
  made: number
}

type Loose = Readonly<Record<string, unknown>>

/** Undefined: there is no such thing. */
type Answer = { readonly ok: object } | { readonly flaw: string } | undefined

/** The moment at which everything here was made. */
const madeAtS = 1_700_000_000

export function createVectorStores(): VectorStores {
  const shelf: Shelf = { files: new Map(), stores: new Map(), made: 0 }
  return {
    counts: () => ({ stores: shelf.stores.size, files: shelf.files.size }),
    async serve(call, response) {
      const found =
        /\/(files|vector_stores)(?:\/([\w-]+))?(?:\/(files|search|content))?(?:\/([\w-]+))?$/.exec(call.path)
      if (!found) return false
      const [, kind = '', id, below, fileId] = found
      const answer =
        kind === 'files'
          ? await answerFiles(shelf, call, { id, below })
          : answerStores(shelf, call, { id, below, fileId })
      if (answer && 'ok' in answer) sendJson(response, 200, answer.ok)
      else sendJson(response, answer ? 400 : 404, errorOf(answer?.flaw ?? 'simulated: not found'))
      return true
    },
  }
}

const errorOf = (message: string) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null },
})

interface Place {
  readonly id: string | undefined
  readonly below: string | undefined
}

const listOf = (data: readonly object[]): Answer => ({
  ok: { object: 'list', data, first_id: null, last_id: null, has_more: false },
})
const gone = (id: string, object: string): Answer => ({ ok: { id, object, deleted: true } })

async function answerFiles(shelf: Shelf, call: StoreCall, { id, below }: Place): Promise<Answer> {
  const { method } = call
  if (id === undefined)
    return method === 'POST'
      ? keep(shelf, call)
      : listOf([...shelf.files].map(([own, file]) => fileWire(own, file)))
  const file = shelf.files.get(id)
  if (!file) return undefined
  if (method === 'DELETE') {
    shelf.files.delete(id)
    return gone(id, 'file')
  }
  // OpenAI gives nothing back of what was uploaded for assistants.
  return below === 'content'
    ? { flaw: 'Not allowed to download files of purpose: assistants' }
    : { ok: fileWire(id, file) }
}

function nextId(shelf: Shelf, prefix: string): string {
  shelf.made += 1
  return `${prefix}_simulated_${shelf.made}`
}

async function keep(shelf: Shelf, { body, type }: StoreCall): Promise<Answer> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined)
  const given = form?.get('file')
  const purpose = form?.get('purpose')
  if (typeof purpose !== 'string') return { flaw: "'purpose' is a required property" }
  if (given === undefined || given === null || typeof given === 'string')
    return { flaw: "'file' is a required property" }
  const id = nextId(shelf, 'file')
  const seconds = Number(form?.get('expires_after[seconds]') ?? 0)
  const file: StoredFile = {
    name: given.name,
    text: await given.text(),
    purpose,
    bytes: given.size,
    expires: seconds > 0 ? { expires_at: madeAtS + seconds } : {},
  }
  shelf.files.set(id, file)
  return { ok: fileWire(id, file) }
}

const fileWire = (id: string, { name, bytes, purpose, expires }: StoredFile) => ({
  id,
  object: 'file',
  bytes,
  created_at: madeAtS,
  filename: name,
  purpose,
  status: 'processed',
  ...expires,
})

function answerStores(
  shelf: Shelf,
  call: StoreCall,
  place: Place & { readonly fileId: string | undefined },
): Answer {
  const { method } = call
  const { id, below, fileId } = place
  const parsed = parseJson(call.body.toString('utf8'))
  const body: Loose = isRecord(parsed) ? parsed : {}
  if (id === undefined)
    return method === 'POST'
      ? openStore(shelf, body)
      : listOf([...shelf.stores].map(([own, store]) => storeWire(shelf, own, store)))
  const store = shelf.stores.get(id)
  if (!store) return undefined
  if (below === 'search') return search(shelf, store, body)
  if (below === 'files')
    return fileId === undefined
      ? answerHeld(shelf, { id, store }, { method, body })
      : oneHeld(shelf, { id, store, fileId }, method)
  if (method === 'DELETE') {
    shelf.stores.delete(id)
    return gone(id, 'vector_store.deleted')
  }
  return { ok: stateOf(shelf, id, store) }
}

function openStore(shelf: Shelf, { name, expires_after: expires }: Loose): Answer {
  const id = nextId(shelf, 'vs')
  const days = isRecord(expires) ? Number(expires['days']) : undefined
  if (days !== undefined && !(days >= 1 && days <= 365)) return { flaw: "Invalid 'expires_after.days'." }
  const store: Store = {
    name: typeof name === 'string' ? name : '',
    expires: days === undefined ? {} : { expires_after: expires, expires_at: madeAtS + days * 86_400 },
    files: [],
  }
  shelf.stores.set(id, store)
  return { ok: storeWire(shelf, id, store) }
}

interface InStore {
  readonly id: string
  readonly store: Store
}

function answerHeld(
  shelf: Shelf,
  { id, store }: InStore,
  { method, body }: { readonly method: string; readonly body: Loose },
): Answer {
  if (method !== 'POST') return listOf(store.files.map((held) => heldWire(shelf, id, held)))
  const fileId = String(body['file_id'])
  if (!shelf.files.has(fileId)) return undefined
  const attributes = readAttributes(body['attributes'])
  if (attributes === undefined)
    return { flaw: "Invalid 'attributes': at most 16 texts, numbers or booleans." }
  const held = { fileId, attributes, looksLeft: 1 }
  store.files.push(held)
  return { ok: heldWire(shelf, id, held) }
}

function oneHeld(
  shelf: Shelf,
  { id, store, fileId }: InStore & { readonly fileId: string },
  method: string,
): Answer {
  const at = store.files.findIndex((one) => one.fileId === fileId)
  const held = store.files[at]
  if (held === undefined) return undefined
  if (method === 'DELETE') {
    store.files.splice(at, 1)
    return gone(fileId, 'vector_store.file.deleted')
  }
  const wire = heldWire(shelf, id, held)
  held.looksLeft = Math.max(0, held.looksLeft - 1)
  return { ok: wire }
}

function readAttributes(given: unknown): Attributes | undefined {
  if (given === undefined || given === null) return {}
  if (!isRecord(given)) return undefined
  const all = Object.entries(given)
  const isGood = ([name, value]: [string, unknown]) =>
    name.length <= 64 &&
    (typeof value === 'number' ||
      typeof value === 'boolean' ||
      (typeof value === 'string' && value.length <= 512))
  return all.length <= 16 && all.every(isGood) ? (Object.fromEntries(all) as Attributes) : undefined
}

const heldWire = (shelf: Shelf, store: string, { fileId, attributes, looksLeft }: StoredIn) => ({
  id: fileId,
  object: 'vector_store.file',
  created_at: madeAtS,
  usage_bytes: shelf.files.get(fileId)?.bytes ?? 0,
  vector_store_id: store,
  status: looksLeft > 0 ? 'in_progress' : 'completed',
  last_error: null,
  attributes,
})

/** A look at the store brings its files on. */
function stateOf(shelf: Shelf, id: string, store: Store): object {
  const wire = storeWire(shelf, id, store)
  for (const held of store.files) held.looksLeft = Math.max(0, held.looksLeft - 1)
  return wire
}

function storeWire(shelf: Shelf, id: string, { name, expires, files }: Store): object {
  const busy = files.filter(({ looksLeft }) => looksLeft > 0).length
  return {
    id,
    object: 'vector_store',
    created_at: madeAtS,
    last_active_at: madeAtS,
    name,
    metadata: {},
    usage_bytes: files.reduce((sum, { fileId }) => sum + (shelf.files.get(fileId)?.bytes ?? 0), 0),
    status: busy > 0 ? 'in_progress' : 'completed',
    file_counts: {
      in_progress: busy,
      completed: files.length - busy,
      failed: 0,
      cancelled: 0,
      total: files.length,
    },
    ...expires,
  }
}

function search(shelf: Shelf, { files }: Store, question: Loose): Answer {
  const flaw = flawOf(question)
  if (flaw !== undefined) return { flaw }
  const held = files.flatMap(({ fileId, attributes, looksLeft }): Held[] => {
    const file = shelf.files.get(fileId)
    return file && looksLeft === 0 ? [{ fileId, attributes, name: file.name, text: file.text }] : []
  })
  return {
    ok: {
      object: 'vector_store.search_results.page',
      search_query: [question['query']].flat(),
      data: searchIn(held, question),
      has_more: false,
      next_page: null,
    },
  }
}
