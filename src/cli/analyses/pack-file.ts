/** Writes and reads hypothesis packs: YAML or JSON by the ending of the file. */

import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { parse, stringify } from 'yaml'
import { systemClock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import type { Analysis } from '../../refinery/analysis.ts'
import type { HeldTrace } from '../../refinery/apart/held-trace.ts'
import { checkPack } from '../../refinery/hypotheses/check-pack.ts'
import type { PackOptions } from '../../refinery/hypotheses/make-pack.ts'
import { allowedPath, type Pack } from '../../refinery/hypotheses/pack-schema.ts'
import { packageVersion } from '../package-version.ts'

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
  const made = await trace.pack(analysis, {
    analyzedAtMs: systemClock.wallMs(),
    version: packageVersion(),
    tookMs: analysis.modelUse?.tookMs ?? 0,
    ...(prompts === undefined ? {} : { files: promptFiles(prompts) }),
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
function promptFiles(pattern: string): NonNullable<PackOptions['files']> {
  return globSync(pattern)
    .map((path) => relative(process.cwd(), path).replaceAll('\\', '/'))
    .filter((path) => allowedPath.test(path) && statSync(path).size <= mostBytes)
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
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
