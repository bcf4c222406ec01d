/** Pre-warming by a file: at the start, on schedule, and whenever somebody asks for it. */

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Clock } from '../base/clock.ts'
import { failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import type { Caller } from '../protocol/access.ts'
import { lineAsker } from '../server/batch/ask-line.ts'
import { createPrewarmDesk } from '../server/prewarm/prewarm-desk.ts'
import type { PrewarmOffice } from '../server/prewarm/prewarm-routes.ts'
import { readPrewarm } from '../server/prewarm/read-prewarm.ts'
import { inboundAdapters } from './adapters.ts'
import type { OpenWorks } from './open-works.ts'

export interface OpenPrewarm {
  readonly office: PrewarmOffice
  close(): Promise<void>
}

type Bodies = readonly Readonly<Record<string, unknown>>[]

export function openPrewarm(
  { config, engine, serving, log }: Pick<OpenWorks, 'config' | 'engine' | 'serving' | 'log'>,
  clock: Clock,
): OpenPrewarm {
  const { rates } = serving
  const desk = createPrewarmDesk({
    clock,
    workers: () => config().prewarm.workers,
    askerFor: (caller) => lineAsker({ config, engine, clock, rates, inbound: inboundAdapters }, caller),
  })
  const configured = () => readPrewarmFile(config().prewarm.file)
  let cancel = () => {}
  const round = () => {
    const { file, tenant, intervalMs } = config().prewarm
    cancel = clock.after(intervalMs, round)
    if (file === undefined) return
    const bodies = configured()
    if (bodies.ok) desk.start(bodies.value, scheduled(tenant))
    else log.warn(`pre-warming: ${bodies.fault}`)
  }
  const { onStart, intervalMs } = config().prewarm
  cancel = clock.after(onStart ? 0 : intervalMs, round)
  return {
    office: { desk, configured },
    close() {
      cancel()
      return desk.close()
    },
  }
}

/** The gateway itself, for one tenant: held to what the tenant may use. */
const scheduled = (tenant: string): Caller => ({
  name: 'pre-warming',
  kind: 'admin',
  tenant,
  scopes: ['inference'],
  limits: {},
})

export function readPrewarmFile(file: string | undefined): Outcome<Bodies, string> {
  if (file === undefined) return failed('no list is configured: set prewarm.file, or send one')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return failed(`${file} cannot be read`)
  }
  try {
    const bodies = readPrewarm(parse(text))
    return bodies.ok ? bodies : failed(`${file}: ${bodies.fault}`)
  } catch (error) {
    return failed(`${file}: ${reasonOf(error)}`)
  }
}
