/** Answers the lines of a batch with the gateway's own engine, in this process and with its ledger. */

import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { sandboxConfig } from '../config/from-environment.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { lineAsker } from '../server/batch/ask-line.ts'
import type { RunOptions } from '../server/batch/run-lines.ts'
import { inboundAdapters } from './adapters.ts'
import { cliCaller } from './cli-caller.ts'
import { loadConfig } from './load-config.ts'
import { openWorks } from './open-works.ts'
import { type CommonOptions, dataDirectory } from './options.ts'

export interface Asker {
  readonly ask: RunOptions['ask']
  close(): Promise<void>
}

/** The gateway's own engine in this process, with its ledger. */
export async function openOwnAsker(options: CommonOptions): Promise<Outcome<Asker, string>> {
  const loaded = loadConfig(options.config)
  if (!loaded.ok) return failed(loaded.fault.join('\n'))
  const { config: given } = loaded.value
  const sandbox = given ? undefined : await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const works = await openWorks({
    config: given ?? sandboxConfig(sandbox?.address ?? ''),
    dataDir: dataDirectory(options),
  })
  if (!works.ok) {
    await sandbox?.close()
    return failed(`${works.fault}\nWhere a gateway runs on it, let that one answer: --url http://HOST:PORT`)
  }
  const { config, engine, serving, close } = works.value
  const parts = {
    config,
    engine,
    inbound: inboundAdapters,
    clock: systemClock,
    rates: serving.rates,
  }
  return done({
    ask: lineAsker(parts, cliCaller),
    async close() {
      await close()
      await sandbox?.close()
    },
  })
}
