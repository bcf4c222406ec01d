/** Looks a batch's file through before anything is asked: a batch of a broken file is refused whole, as OpenAI does. */

import type { BatchMistake } from '../../record/batch/batch-note.ts'
import type { NumberedLine } from '../../record/batch/line-file.ts'
import { readBatchLine } from './batch-line.ts'

export interface CheckOptions {
  readonly endpoint: string
  readonly mostLines: number
}

export interface Checked {
  readonly total: number
  readonly mistakes: readonly BatchMistake[]
}

/** Mistakes that are told; looking goes on no further. */
const mostMistakes = 20

export async function checkLines(
  lines: AsyncIterable<NumberedLine>,
  { endpoint, mostLines }: CheckOptions,
): Promise<Checked> {
  const mistakes: BatchMistake[] = []
  const ids = new Set<string>()
  let total = 0
  for await (const { number: line, text } of lines) {
    total += 1
    if (total > mostLines) {
      mistakes.push({ code: 'too_many_lines', message: `a batch has at most ${mostLines} lines` })
      break
    }
    const read = readBatchLine(text, line)
    const mistake = read.ok ? mistakeOf(read.value, { ids, endpoint }) : read.fault
    if (read.ok) ids.add(read.value.customId)
    if (mistake) mistakes.push({ code: mistake.code, message: mistake.message, line })
    if (mistakes.length >= mostMistakes) break
  }
  if (total === 0) mistakes.push({ code: 'empty_file', message: 'the file has no lines' })
  return { total, mistakes }
}

function mistakeOf(
  { customId, url }: { readonly customId: string; readonly url: string },
  { ids, endpoint }: { readonly ids: ReadonlySet<string>; readonly endpoint: string },
): Pick<BatchMistake, 'code' | 'message'> | undefined {
  if (ids.has(customId))
    return {
      code: 'duplicate_custom_id',
      message: `another line has the custom_id ${JSON.stringify(customId)}`,
    }
  if (url !== endpoint)
    return { code: 'mismatched_endpoint', message: `url is ${url}, and the batch is for ${endpoint}` }
  return undefined
}
