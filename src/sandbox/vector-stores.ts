/** OpenAI's files and vector stores, simulated: kept in memory, searched by words in common, gone when they are deleted. */

import type { ServerResponse } from 'node:http'
import { isRecord, parseJson } from '../base/text.ts'
import { sendJson } from './send-reply.ts'

interface StoredFile {
  readonly name: string
  readonly text: string
}

interface StoredIn {
  readonly fileId: string
  readonly group: string
  /** Polls until it is ready. */
  pollsLeft: number
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

/** Passages of a file, characters. */
const passageCharacters = 3_200

interface Shelf {
  readonly files: Map<string, StoredFile>
  readonly stores: Map<string, StoredIn[]>
  made: number
}

export function createVectorStores(): VectorStores {
  const shelf: Shelf = { files: new Map(), stores: new Map(), made: 0 }
  return {
    counts: () => ({ stores: shelf.stores.size, files: shelf.files.size }),
    async serve(call, response) {
      const found = /\/(files|vector_stores)(?:\/([\w-]+))?(?:\/(files|search))?$/.exec(call.path)
      if (!found) return false
      const [, kind = '', id, below] = found
      const answer = await answerOf(shelf, call, { kind, id, below })
      sendJson(response, answer ? 200 : 404, answer ?? { error: { message: 'simulated: not found' } })
      return true
    },
  }
}

interface Place {
  readonly kind: string
  readonly id: string | undefined
  readonly below: string | undefined
}

async function answerOf(shelf: Shelf, call: StoreCall, { kind, id, below }: Place): Promise<unknown> {
  if (call.method === 'DELETE' && id !== undefined) {
    const isGone = kind === 'files' ? shelf.files.delete(id) : shelf.stores.delete(id)
    return isGone ? { id, deleted: true } : undefined
  }
  if (kind === 'files') return call.method === 'POST' ? await keep(shelf, call) : undefined
  if (id === undefined) return call.method === 'POST' ? openStore(shelf) : undefined
  const held = shelf.stores.get(id)
  if (!held) return undefined
  const parsed = parseJson(call.body.toString('utf8'))
  const body = isRecord(parsed) ? parsed : {}
  if (below === 'search') return searchIn(shelf, held, body)
  return below === 'files' ? addFile(shelf, held, body) : stateOf(id, held)
}

function nextId(shelf: Shelf, prefix: string): string {
  shelf.made += 1
  return `${prefix}_simulated_${shelf.made}`
}

async function keep(shelf: Shelf, { body, type }: StoreCall): Promise<unknown> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const file = form.get('file')
  if (file === null || typeof file === 'string') return undefined
  const id = nextId(shelf, 'file')
  shelf.files.set(id, { name: file.name, text: await file.text() })
  return { id, object: 'file', filename: file.name, bytes: file.size, purpose: form.get('purpose') }
}

function openStore(shelf: Shelf): unknown {
  const id = nextId(shelf, 'vs')
  shelf.stores.set(id, [])
  return stateOf(id, [])
}

function addFile(shelf: Shelf, held: StoredIn[], body: Record<string, unknown>): unknown {
  const fileId = String(body['file_id'])
  if (!shelf.files.has(fileId)) return undefined
  const attributes = isRecord(body['attributes']) ? body['attributes'] : {}
  held.push({ fileId, group: String(attributes['group'] ?? ''), pollsLeft: 1 })
  return { id: fileId, object: 'vector_store.file', status: 'in_progress', attributes }
}

function stateOf(id: string, held: readonly StoredIn[]): unknown {
  const busy = held.filter((file) => file.pollsLeft > 0)
  for (const file of busy) file.pollsLeft -= 1
  return {
    id,
    object: 'vector_store',
    status: busy.length > 0 ? 'in_progress' : 'completed',
    file_counts: {
      in_progress: busy.length,
      completed: held.length - busy.length,
      failed: 0,
      cancelled: 0,
      total: held.length,
    },
  }
}

function searchIn(shelf: Shelf, held: readonly StoredIn[], body: Record<string, unknown>): unknown {
  const filters = isRecord(body['filters']) ? body['filters'] : undefined
  const words = new Set(
    String(body['query'])
      .toLowerCase()
      .match(/[\p{L}\p{N}]{3,}/gu) ?? [],
  )
  const most = typeof body['max_num_results'] === 'number' ? body['max_num_results'] : 10
  const data = held
    .filter(({ group }) => filters === undefined || filters['value'] === group)
    .flatMap(({ fileId, group }) => {
      const file = shelf.files.get(fileId)
      return file
        ? passages(file.text).map((text) => ({
            fileId,
            group,
            name: file.name,
            text,
            score: score(text, words),
          }))
        : []
    })
    .toSorted((one, other) => other.score - one.score)
    .slice(0, most)
    .map(({ fileId, group, name, text, score: points }) => ({
      file_id: fileId,
      filename: name,
      score: points,
      attributes: { group },
      content: [{ type: 'text', text }],
    }))
  return { object: 'vector_store.search_results.page', search_query: body['query'], data, has_more: false }
}

function passages(text: string): readonly string[] {
  const count = Math.ceil(text.length / passageCharacters)
  return Array.from({ length: count }, (_, at) =>
    text.slice(at * passageCharacters, (at + 1) * passageCharacters),
  )
}

function score(text: string, words: ReadonlySet<string>): number {
  const held = new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [])
  return [...words].filter((word) => held.has(word)).length / Math.max(1, words.size)
}
