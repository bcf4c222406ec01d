/** Holds a pack to its schema and to what a schema cannot say: how much a prompt may grow, and that diffs tell the truth. */

import { applyPatch } from 'diff'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { type FileChange, type Pack, packSchema } from './pack-schema.ts'

/** The faults are sentences, each with its place. */
export function checkPack(value: unknown): Outcome<Pack, readonly string[]> {
  const parsed = packSchema.safeParse(value)
  if (!parsed.success)
    return failed(
      parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the pack'}: ${message}`),
    )
  const pack = parsed.data
  const problems = [
    ...doubles(pack.hypotheses.map(({ id }) => id)).map((id) => `hypotheses: ${id} stands twice`),
    ...pack.hypotheses.flatMap(({ id, proposed_changes: changes }) =>
      changes.flatMap((change, at) => problemsOf(change).map((says) => `${id}, change ${at + 1}: ${says}`)),
    ),
  ]
  return problems.length > 0 ? failed(problems) : done(pack)
}

const doubles = (ids: readonly string[]) => ids.filter((id, at) => ids.indexOf(id) !== at)

function problemsOf(change: FileChange): readonly string[] {
  const { original_content: before, new_content: after, diff } = change
  const [least, most] = lengthsFor(before)
  return [
    ...(before === after ? ['it changes nothing'] : []),
    ...(change.change_type === 'prompt_modification' && !isLengthAllowed(before, after)
      ? [`the new text has ${after.length} characters, and may have ${least} to ${most}`]
      : []),
    ...(diff === undefined || isTrue(diff, before, after)
      ? []
      : ['the diff does not lead from the old text to the new one']),
  ]
}

function isTrue(diff: string, before: string, after: string): boolean {
  try {
    return applyPatch(before, diff) === after
  } catch {
    return false
  }
}

/** Characters a prompt may have after a change: long ones change by a fifth, short ones by half, very short ones up to 1,000. */
function lengthsFor({ length }: string): readonly [least: number, most: number] {
  if (length > 500) return [Math.ceil(length * 0.8), Math.floor(length * 1.2)]
  if (length >= 100) return [Math.ceil(length * 0.5), Math.floor(length * 1.5)]
  return [1, 1_000]
}

export function isLengthAllowed(before: string, after: string): boolean {
  const [least, most] = lengthsFor(before)
  return after.length >= least && after.length <= most
}
