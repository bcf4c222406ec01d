/** Plays one scenario against one provider: asks every route that tries it first, and reads what the ledger says. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { done, type Outcome } from '../../base/outcome.ts'
import type { Config } from '../../config/config.ts'
import type { LedgerEntry } from '../../protocol/ledger-entry.ts'
import { openLedgerReader } from '../../record/ledger-reader.ts'
import { type Asked, type Callers, openCallers } from './ask-gateway.ts'
import type { Hit } from './scenarios.ts'
import { openStage, type Stage } from './stage.ts'

export interface DrilledRequest {
  readonly route: string
  readonly stream: boolean
  readonly survived: boolean
  /** Why it did not. */
  readonly problem?: string
  readonly tookMs: number
  /** What the ledger says of it. */
  readonly outcome: string
  readonly answeredBy?: string
  readonly calls: number
  /** Each call and why the next one followed. */
  readonly because: readonly string[]
}

export interface HitResult {
  readonly scenario: string
  readonly provider: string
  readonly story: string
  readonly requests: readonly DrilledRequest[]
  /** Calls that each provider received. */
  readonly calls: Readonly<Record<string, number>>
}

/** Requests of each route and kind at once, and as many again when the gateway knows the trouble. */
const atOnce = 3

export async function runHit(config: Config, hit: Hit): Promise<Outcome<HitResult, string>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'adaptive-mind-drill-'))
  try {
    const stage = await openStage(config, hit, dataDir)
    if (!stage.ok) return stage
    const callers = openCallers()
    try {
      const asked = await askAll(stage.value, hit, callers)
      await stage.value.settled()
      return done(resultOf(hit, stage.value, { asked, dataDir }))
    } finally {
      await callers.close()
      await stage.value.close()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

type Done = Asked & { readonly route: string; readonly stream: boolean }

async function askAll({ address }: Stage, { routes, scenario }: Hit, callers: Callers): Promise<Done[]> {
  const kinds = scenario.streamed ? [true] : [false, true]
  const wave = () =>
    routes.flatMap((route) =>
      kinds.flatMap((stream) =>
        Array.from({ length: atOnce }, async () => ({
          ...(await callers.ask({ address, route, stream })),
          route,
          stream,
        })),
      ),
    )
  const early = await Promise.all(wave())
  return [...early, ...(await Promise.all(wave()))]
}

function resultOf(
  { scenario, provider }: Hit,
  stage: Stage,
  { asked, dataDir }: { readonly asked: readonly Done[]; readonly dataDir: string },
): HitResult {
  const reader = openLedgerReader(dataDir)
  const entryOf = (id: string) => (reader.ok ? reader.value.show(id)?.entry : undefined)
  const requests = asked.map((one) => drilled(one, entryOf(one.requestId)))
  if (reader.ok) reader.value.close()
  return {
    scenario: scenario.name,
    provider,
    story: scenario.story.replace('PROVIDER', provider),
    requests,
    calls: Object.fromEntries(stage.calls()),
  }
}

function drilled({ route, stream, problem, tookMs }: Done, entry: LedgerEntry | undefined): DrilledRequest {
  const { finalProvider, finalModel } = entry ?? {}
  return {
    route,
    stream,
    survived: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
    tookMs: Math.round(tookMs),
    outcome: entry?.outcome ?? 'no entry',
    ...(finalProvider ? { answeredBy: `${finalProvider}/${finalModel}` } : {}),
    calls: entry?.totalApiCalls ?? 0,
    because: (entry?.attempts ?? []).map(
      ({ provider, model, fault, next, because }) =>
        `${provider}/${model}: ${fault ? fault.code : 'answered'}; ${next}: ${because}`,
    ),
  }
}
