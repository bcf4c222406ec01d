/** Files and batches in OpenAI's shape. */

import { z } from 'zod'
import { type BatchNote, isOver } from '../../record/batch/batch-note.ts'
import type { FileNote } from '../../record/batch/file-store.ts'
import { batchEndpoints } from './batch-line.ts'

export const createBatchSchema = z.object({
  input_file_id: z.string().min(1).describe('a file that was uploaded with the purpose batch'),
  endpoint: z.enum(batchEndpoints).describe('the endpoint of every line'),
  completion_window: z.literal('24h').describe('what is not done by then is given up'),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish().describe('given back with the batch'),
})

const seconds = (ms: number | undefined) => (ms === undefined ? null : Math.floor(ms / 1_000))

export function writeFile(note: FileNote) {
  const { id, bytes, createdAtMs, expiresAtMs, name, purpose } = note
  return {
    id,
    object: 'file' as const,
    bytes,
    created_at: seconds(createdAtMs),
    ...(expiresAtMs === undefined ? {} : { expires_at: seconds(expiresAtMs) }),
    filename: name,
    purpose,
    status: 'processed' as const,
  }
}

export function writeBatch(note: BatchNote) {
  const { atMs, mistakes } = note
  const isDone = isOver(note)
  return {
    id: note.id,
    object: 'batch' as const,
    endpoint: note.endpoint,
    errors:
      mistakes.length === 0
        ? null
        : {
            object: 'list' as const,
            data: mistakes.map(({ code, message, line }) => ({
              code,
              message,
              line: line ?? null,
              param: null,
            })),
          },
    input_file_id: note.inputFileId,
    completion_window: note.completionWindow,
    status: note.status,
    output_file_id: isDone && note.hasOutput ? note.outputFileId : null,
    error_file_id: isDone && note.hasErrors ? note.errorFileId : null,
    created_at: seconds(atMs.created),
    in_progress_at: seconds(atMs.in_progress),
    expires_at: seconds(atMs.expires),
    finalizing_at: seconds(atMs.finalizing),
    completed_at: seconds(atMs.completed),
    failed_at: seconds(atMs.failed),
    expired_at: seconds(atMs.expired),
    cancelling_at: seconds(atMs.cancelling),
    cancelled_at: seconds(atMs.cancelled),
    request_counts: { total: note.total, completed: note.completed, failed: note.failed },
    metadata: note.metadata ?? null,
  }
}

export interface Page {
  readonly after?: string | undefined
  readonly limit: number
}

/** One page of a list whose newest stands first. */
export function pageOf<Kept extends { readonly id: string }>(
  all: readonly Kept[],
  { after, limit }: Page,
  write: (kept: Kept) => object,
) {
  const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
  const shown = all.slice(from, from + limit)
  return {
    object: 'list' as const,
    data: shown.map(write),
    first_id: shown[0]?.id ?? null,
    last_id: shown.at(-1)?.id ?? null,
    has_more: from + limit < all.length,
  }
}
