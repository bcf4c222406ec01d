/** Puts the engine together from its parts. */

import { createHmac } from 'node:crypto'
import { type Clock, systemClock } from '../base/clock.ts'
import { type Random, systemRandom } from '../base/random.ts'
import type { Config } from '../config/config.ts'
import type { AnswerCache } from '../gateway/cache/answer-cache.ts'
import { createCatalogue } from '../gateway/catalogue/declared-models.ts'
import { createEngine } from '../gateway/engine/engine.ts'
import type { AnswerMeta, Engine } from '../gateway/engine/engine-port.ts'
import type { Transport } from '../gateway/transport/transport.ts'
import type { Ledger } from '../protocol/ledger-entry.ts'
import type { Bus } from '../record/bus.ts'
import { createNotary } from '../record/notary.ts'
import { embeddingAdapters, outboundAdapters } from './adapters.ts'
import type { OpenRecord } from './open-record.ts'

export interface EngineComposition {
  readonly config: () => Config
  readonly transport: Transport
  readonly ledger: { readonly ledger: Ledger; readonly installationKey: Buffer }
  readonly bus: Bus
  readonly cache?: AnswerCache<AnswerMeta>
  readonly clock?: Clock
  readonly random?: Random
  /** Hears of every request and tells what was learned; absent where nothing but the ledger remembers. */
  readonly record?: OpenRecord
}

export function composeEngine(composition: EngineComposition): Engine {
  const {
    config,
    transport,
    ledger,
    bus,
    record,
    cache,
    clock = systemClock,
    random = systemRandom,
  } = composition
  const notary = createNotary({
    ledger: ledger.ledger,
    installationKey: ledger.installationKey,
    rules: () => config().ledger,
    turn: () => clock.sleep(0),
  })
  return createEngine({
    config,
    cache,
    adapters: outboundAdapters,
    embeddings: embeddingAdapters,
    transport,
    clock,
    random,
    publish: bus.publish,
    notary: record ? record.watch(notary) : notary,
    ...(record ? { learned: record.learned } : {}),
    catalogue: createCatalogue(config),
    fingerprint: fingerprinter(ledger.installationKey),
  })
}

/** A key's name for people; kept, for a keyed hash is dear on the request path. */
function fingerprinter(installationKey: Buffer): (key: string) => string {
  const known = new Map<string, string>()
  return (key) => {
    const found = known.get(key)
    if (found) return found
    const made = `key_${createHmac('sha256', installationKey).update(key).digest('hex').slice(0, 8)}`
    known.set(key, made)
    return made
  }
}
