/** Puts one change of a pack into a folder: only where the file stands as the pack knows it, and never outside. */

import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { allowedPath, type FileChange } from '../../refinery/hypotheses/pack-schema.ts'

/** Why it cannot be made; undefined where it can. */
export function obstacleTo(
  root: string,
  { file_path: path, original_content: before }: FileChange,
): string | undefined {
  if (!allowedPath.test(path)) return `${path} is not a place where changes may go`
  const target = join(root, path)
  if (!isInside(root, target)) return `${path} leads out of ${root}`
  if (!existsSync(target))
    return before === ''
      ? undefined
      : `${path} is not there: put the agent's prompts where the pack names them, or analyse again with --prompts`
  const held = readFileSync(target, 'utf8')
  if (before === '') return `${path} is there already, and the pack would make it anew`
  return held.trimEnd() === before.trimEnd() ? undefined : `${path} has changed since the analysis`
}

/** By the nearest folder that exists, links followed. */
function isInside(root: string, target: string): boolean {
  let folder = existsSync(target) ? target : dirname(target)
  while (!existsSync(folder)) folder = dirname(folder)
  const real = realpathSync(folder)
  const home = realpathSync(root)
  return real === home || real.startsWith(home + sep)
}

/** The file is written whole or not at all. */
export function applyChange(root: string, change: FileChange): Outcome<void, string> {
  const obstacle = obstacleTo(root, change)
  if (obstacle !== undefined) return failed(obstacle)
  const target = join(root, change.file_path)
  const part = `${target}.part`
  try {
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(part, change.new_content, { flag: 'wx' })
    renameSync(part, target)
    return done(undefined)
  } catch (error) {
    rmSync(part, { force: true })
    return failed(`${change.file_path}: ${reasonOf(error)}`)
  }
}
