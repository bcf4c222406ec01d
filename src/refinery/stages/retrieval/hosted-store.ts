/** A vector store at OpenAI for one analysis: made, filled, searched by group, and taken away with its files. */

import type { Clock } from '../../../base/clock.ts'
import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { asList, asLoose, asText, type Loose } from '../../../record/import/loose.ts'
import type { AskHosted } from './hosted-call.ts'
import type { GroupFile, GroupStore, OpenStore } from './retrieval.ts'

export interface HostedParts {
  readonly ask: AskHosted
  readonly clock: Pick<Clock, 'sleep' | 'monoMs'>
  readonly signal: AbortSignal
  readonly pollMs?: number
  /** How long the store may take to be ready, ms. */
  readonly readyMs?: number
}

const usualPollMs = 1_000
const usualReadyMs = 600_000

export const hostedStore =
  (parts: HostedParts): OpenStore =>
  async (name, files) => {
    const made: Made = { files: [] }
    const filled = await fill(parts, { name, files, made })
    if (!filled.ok) {
      const left = await remove(parts, made)
      return failed([filled.fault, ...left].join('; '))
    }
    return done(storeOf(parts, made))
  }

/** What stands at the provider, to be taken away. */
interface Made {
  store?: string
  readonly files: string[]
}

interface Filling {
  readonly name: string
  readonly files: readonly GroupFile[]
  readonly made: Made
}

async function fill(parts: HostedParts, { name, files, made }: Filling): Promise<Outcome<void, string>> {
  const store = await makeStore(parts, name)
  if (!store.ok) return store
  made.store = store.value
  for (const file of files) {
    const uploaded = await upload(parts, file)
    if (!uploaded.ok) return uploaded
    made.files.push(uploaded.value)
    const added = await parts.ask({
      path: `/vector_stores/${store.value}/files`,
      body: { file_id: uploaded.value, attributes: { group: file.group } },
    })
    if (!added.ok) return added
  }
  return ready(parts, store.value, files.length)
}

/** It ends by itself a day after its last use; where that is refused, it is made without. */
async function makeStore(parts: HostedParts, name: string): Promise<Outcome<string, string>> {
  const body = { name, expires_after: { anchor: 'last_active_at', days: 1 } }
  const first = await parts.ask({ path: '/vector_stores', body })
  const came = first.ok ? first : await parts.ask({ path: '/vector_stores', body: { name } })
  return came.ok ? idOf(came.value) : came
}

function idOf(answer: Loose): Outcome<string, string> {
  const id = asText(answer['id'])
  return id === undefined ? failed('the vector store has no id') : done(id)
}

/** It ends by itself a day after it was made; where that is refused, it is uploaded without. */
async function upload(parts: HostedParts, file: GroupFile): Promise<Outcome<string, string>> {
  const first = await uploadWith(parts, file, {
    'expires_after[anchor]': 'created_at',
    'expires_after[seconds]': '86400',
  })
  return first.ok ? first : await uploadWith(parts, file, {})
}

async function uploadWith(
  parts: HostedParts,
  { name, text }: GroupFile,
  more: Readonly<Record<string, string>>,
): Promise<Outcome<string, string>> {
  const boundary = 'adaptive-mind-8f14e45fceea167a'
  const fields = Object.entries({ purpose: 'assistants', ...more })
  const body = [
    ...fields.map(
      ([field, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}`,
    ),
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/markdown\r\n\r\n${text.replaceAll(boundary, '')}`,
    `--${boundary}--\r\n`,
  ].join('\r\n')
  const came = await parts.ask({
    path: '/files',
    text: body,
    type: `multipart/form-data; boundary=${boundary}`,
  })
  return came.ok ? idOf(came.value) : came
}

async function ready(parts: HostedParts, store: string, files: number): Promise<Outcome<void, string>> {
  const { clock, signal, pollMs = usualPollMs, readyMs = usualReadyMs } = parts
  const untilMs = clock.monoMs() + readyMs
  for (;;) {
    const came = await parts.ask({ method: 'GET', path: `/vector_stores/${store}` })
    if (!came.ok) return came
    const counts = asLoose(came.value['file_counts']) ?? {}
    const failures = Number(counts['failed'] ?? 0) + Number(counts['cancelled'] ?? 0)
    if (failures > 0) return failed(`${failures} files could not be taken into the vector store`)
    if (Number(counts['completed'] ?? 0) >= files) return done(undefined)
    if (signal.aborted) return failed('cancelled')
    if (clock.monoMs() >= untilMs) return failed(`the vector store was not ready after ${readyMs / 1_000} s`)
    await clock.sleep(pollMs, signal)
  }
}

function storeOf(parts: HostedParts, made: Made): GroupStore {
  return {
    async search({ query, most, group }) {
      const came = await parts.ask({
        path: `/vector_stores/${made.store}/search`,
        body: {
          query,
          max_num_results: Math.min(50, most),
          ...(group === undefined ? {} : { filters: { type: 'eq', key: 'group', value: group } }),
        },
      })
      return came.ok ? done((asList(came.value['data']) ?? []).map(textOf)) : came
    },
    close: () => remove(parts, made),
  }
}

const textOf = (hit: unknown): string =>
  (asList(asLoose(hit)?.['content']) ?? []).map((part) => asText(asLoose(part)?.['text']) ?? '').join('\n')

/** Also after an abort: what was uploaded is customers' data. */
async function remove({ ask }: HostedParts, { store, files }: Made): Promise<readonly string[]> {
  const paths = [
    ...(store === undefined ? [] : [`/vector_stores/${store}`]),
    ...files.map((id) => `/files/${id}`),
  ]
  const gone = await Promise.all(paths.map((path) => ask({ method: 'DELETE', path, isRemoval: true })))
  return paths.flatMap((path, at) => {
    const came = gone[at]
    return came === undefined || came.ok
      ? []
      : [`${path.slice(1)} stayed behind at the provider: ${came.fault}`]
  })
}
