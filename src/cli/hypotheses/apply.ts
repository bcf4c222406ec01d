/** `hypotheses apply`: shows what a hypothesis would change, asks, and changes it. */

import { resolve } from 'node:path'
import { printable } from '../../base/safe-text.ts'
import type { Hypothesis } from '../../refinery/hypotheses/pack-schema.ts'
import { agreed, isSomebodyThere } from '../agreed.ts'
import { readPack } from '../analyses/pack-file.ts'
import { type CommonOptions, complain, print } from '../options.ts'
import { applyChange, obstacleTo } from './apply-change.ts'

export interface ApplyOptions extends CommonOptions {
  readonly pack: string
  /** The folder that the paths of the pack are in. */
  readonly root: string
  /** The best where absent. */
  readonly id?: string
  readonly yes?: boolean
}

export async function applyHypothesis(options: ApplyOptions): Promise<number> {
  const pack = readPack(options.pack)
  if (!pack.ok) return refuse(pack.fault)
  const { hypotheses, metadata } = pack.value
  const hypothesis = hypotheses.find(({ id }) => options.id === undefined || id === options.id)
  if (!hypothesis)
    return refuse(
      `there is no ${options.id} in ${options.pack}: ${hypotheses.map(({ id }) => id).join(', ')}`,
    )
  if (metadata.simulated) complain('SIMULATED: no model has looked at the trace behind this pack')
  show(hypothesis)
  const root = resolve(options.root)
  const obstacles = hypothesis.proposed_changes.flatMap((change) => obstacleTo(root, change) ?? [])
  if (obstacles.length > 0) return refuse(obstacles.join('\n'))
  if (!(await isAgreed(options))) return refuse('nothing was changed')
  for (const change of hypothesis.proposed_changes) {
    const applied = applyChange(root, change)
    if (!applied.ok) return refuse(applied.fault)
    print(`${change.file_path} was changed`)
  }
  return 0
}

/** What a pack says comes from a trace: shown as text, without anything that would move a terminal. */
function show({
  id,
  description,
  rationale,
  confidence,
  risks,
  proposed_changes: changes,
}: Hypothesis): void {
  print(`${id} (${confidence}): ${printable(description)}\n${printable(rationale)}`)
  for (const risk of risks) print(`Risk: ${printable(risk)}`)
  for (const { diff, new_content: after, file_path: path } of changes)
    print((diff ?? `${path}\n${after}`).split('\n').map(printable).join('\n'))
}

async function isAgreed({ yes }: ApplyOptions): Promise<boolean> {
  if (yes) return true
  if (!isSomebodyThere()) {
    complain('nobody is there to be asked: give --yes')
    return false
  }
  return await agreed('Apply this?')
}

function refuse(line: string): number {
  complain(line)
  return 1
}
