/** How long each target lately took to begin its answer. */

import type { Target } from '../../protocol/plan.ts'
import {
  type HedgeOptions,
  type LatencyDigest,
  noteLatency,
  openLatencyDigest,
} from '../policy/latency-digest.ts'
import type { Policies } from '../policy/policies.ts'

interface Digests {
  /** To the first content of streams. */
  streamed?: LatencyDigest
  /** To the end of whole answers. */
  whole?: LatencyDigest
}

/** Callers may name any model: more than this are not kept for one provider. */
const mostModels = 1_000

/** Has identity: one book for all requests of a process. */
export class LatencyBook {
  readonly #policies: Policies
  readonly #providers = new Map<string, Map<string, Digests>>()

  constructor(policies: Policies) {
    this.#policies = policies
  }

  note(target: Target, isStream: boolean, forMs: number): void {
    const digests = this.#of(target)
    const digest = (isStream ? digests.streamed : digests.whole) ?? openLatencyDigest()
    if (isStream) digests.streamed = digest
    else digests.whole = digest
    noteLatency(digest, forMs)
  }

  hedgeAfterMs({ provider, model }: Target, isStream: boolean, options: HedgeOptions): number | undefined {
    const digests = this.#providers.get(provider)?.get(model)
    return this.#policies.hedgeAfterMs(isStream ? digests?.streamed : digests?.whole, options)
  }

  #of({ provider, model }: Target): Digests {
    const models = this.#providers.get(provider) ?? new Map<string, Digests>()
    this.#providers.set(provider, models)
    const known = models.get(model)
    if (known) return known
    const oldest = models.keys().next()
    if (models.size >= mostModels && !oldest.done) models.delete(oldest.value)
    const fresh: Digests = {}
    models.set(model, fresh)
    return fresh
  }
}
