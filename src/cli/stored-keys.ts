/** Puts stored keys into the configuration in force, and clears those whose provider has moved. */

import type { Clock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Config, ProviderConfig } from '../config/config.ts'
import type { SecretStore } from '../record/control/secret-store.ts'

export interface StoredKeysOptions {
  readonly config: () => Config
  readonly secrets: SecretStore
  readonly clock: Clock
  readonly onProblem: (line: string) => void
}

/** Changes of the store are in force after so long at most, ms. */
const lookAgainAfterMs = 500

/** Fails where stored keys cannot be opened at the start; later the keys that were known stay in force. */
export function withStoredKeys(options: StoredKeysOptions): Outcome<() => Config, string> {
  const { config, secrets, clock, onProblem } = options
  let base = config()
  clearMoved(options, base)
  const first = merge(base, secrets)
  if (!first.ok) return failed(first.fault)
  let merged = first.value
  let version = secrets.version()
  let lookedAtMs = clock.monoMs()
  const renew = () => {
    const next = merge(base, secrets)
    if (next.ok) merged = next.value
    else onProblem(next.fault)
  }
  return done(() => {
    const now = config()
    if (now !== base) {
      base = now
      clearMoved(options, base)
      renew()
    } else if (merged !== base && clock.monoMs() - lookedAtMs >= lookAgainAfterMs) {
      lookedAtMs = clock.monoMs()
      const found = secrets.version()
      if (found.ok && version.ok && found.value === version.value) return merged
      version = found
      renew()
    }
    return merged
  })
}

const originOf = ({ baseUrl }: ProviderConfig) => new URL(baseUrl).origin

/** A key was given for an address; whoever changes the address has to give it again. */
function clearMoved({ secrets, clock, onProblem }: StoredKeysOptions, { providers }: Config): void {
  const notes = secrets.list()
  if (!notes.ok) onProblem(notes.fault)
  const stored = notes.ok ? notes.value : []
  for (const [name, provider] of providers) {
    const origin = originOf(provider)
    if (!stored.some((note) => note.provider === name && note.origin !== origin)) continue
    const cleared = secrets.clearMoved(name, origin, { atMs: clock.wallMs(), actor: 'gateway' })
    if (!cleared.ok) onProblem(cleared.fault)
    else if (cleared.value)
      onProblem(
        `the address of ${name} was changed: ${cleared.value} stored key(s) were cleared. Store them anew: adaptive-mind secrets set ${name}`,
      )
  }
}

/** The same configuration where no provider uses stored keys. */
export function merge(base: Config, secrets: SecretStore): Outcome<Config, string> {
  const using = [...base.providers.values()].filter(({ storedKeys }) => storedKeys)
  if (using.length === 0) return done(base)
  const providers = new Map(base.providers)
  for (const provider of using) {
    const stored = secrets.openFor(provider.name, originOf(provider))
    if (!stored.ok) return stored
    providers.set(provider.name, { ...provider, keys: [...new Set([...provider.keys, ...stored.value])] })
  }
  return done({ ...base, providers })
}
