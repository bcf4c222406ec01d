/** Writes and reads hypothesis packs: YAML or JSON by the ending of the file. */

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'
import { systemClock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import type { Analysis } from '../../refinery/analysis.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import { checkPack } from '../../refinery/hypotheses/check-pack.ts'
import { allowedPath, type Pack } from '../../refinery/hypotheses/pack-schema.ts'
import { packageVersion } from '../package-version.ts'
import { type GivenFile, readFiles } from './given-files.ts'

const mostBytes = 16_777_216

/** What became of it, in a sentence. A clean trace has no pack, and none is written then. */
export async function writePack(
  path: string,
  {
    trace,
    analysis,
    prompts,
  }: { readonly trace: HeldTrace; readonly analysis: Analysis; readonly prompts?: string },
): Promise<Outcome<string, string>> {
  const files = prompts === undefined ? undefined : promptFiles(prompts)
  if (files?.ok === false) return files
  const made = await trace.pack(analysis, {
    analyzedAtMs: systemClock.wallMs(),
    version: packageVersion(),
    tookMs: analysis.modelUse?.tookMs ?? 0,
    ...(files === undefined ? {} : { files: files.value }),
  })
  if (!made.ok) return made
  const pack = made.value
  if (!pack) return done('There is nothing to propose, so no hypothesis pack was written')
  const checked = checkPack(pack)
  if (!checked.ok) return failed(`the hypothesis pack is not valid: ${checked.fault.join('; ')}`)
  try {
    writeFileSync(path, /\.json$/i.test(path) ? `${JSON.stringify(pack, null, 2)}\n` : stringify(pack))
  } catch (error) {
    return failed(`cannot write ${path}: ${reasonOf(error)}`)
  }
  return done(`${pack.hypotheses.length} hypotheses are in ${path}`)
}

/** Only where changes may go. */
function promptFiles(pattern: string): Outcome<readonly GivenFile[], string> {
  const files = readFiles(pattern, '--prompts')
  return files.ok ? done(files.value.filter(({ path }) => allowedPath.test(path))) : files
}

export function readPack(path: string): Outcome<Pack, string> {
  try {
    if (statSync(path).size > mostBytes) return failed(`${path} is larger than 16 MB`)
    // Aliases could make a small file a large one.
    const checked = checkPack(parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 }))
    return checked.ok
      ? checked
      : failed(`${path} is not a hypothesis pack:\n${checked.fault.slice(0, 10).join('\n')}`)
  } catch (error) {
    return failed(`cannot read ${path}: ${reasonOf(error)}`)
  }
}
