/** Stores providers' keys on behalf of a caller: they go in, and never come out but to the provider's own address. */

import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Config } from '../../config/config.ts'
import type { Caller } from '../../protocol/access.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { SecretNote, SecretStore } from '../../record/control/secret-store.ts'
import { checked, nameOf, reached } from './key-office.ts'

export interface SecretOffice {
  list(): Outcome<readonly SecretNote[], Fault>
  /** For the address the provider is configured with now. */
  set(actor: Caller, provider: string, body: unknown): Outcome<SecretNote, Fault>
  /** How many were removed. */
  remove(actor: Caller, provider: string): Outcome<number, Fault>
}

export const setSecretSchema = z.strictObject({
  key: z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be printable ASCII without spaces, at most 4096'),
})

export function createSecretOffice(parts: {
  readonly store: SecretStore
  readonly config: () => Config
  readonly clock: Clock
}): SecretOffice {
  const { store, config, clock } = parts
  const by = (actor: Caller) => ({ atMs: clock.wallMs(), actor: nameOf(actor) })
  return {
    list: () => reached(store.list()),
    set(actor, name, body) {
      const parsed = checked(setSecretSchema, body)
      if (!parsed.ok) return parsed
      const provider = config().providers.get(name)
      if (!provider) return failed(makeFault('unknown_object', 'no such provider is configured'))
      if (!provider.storedKeys)
        return failed(makeFault('conflict', 'the provider’s configuration does not say stored_keys: true'))
      const place = { origin: new URL(provider.baseUrl).origin, secret: parsed.value.key }
      const note = reached(store.set(name, place, by(actor)))
      if (!note.ok) return note
      return note.value ? done(note.value) : failed(makeFault('internal', 'nothing was stored'))
    },
    remove(actor, name) {
      const removed = reached(store.remove(name, by(actor)))
      if (!removed.ok) return removed
      return removed.value
        ? done(removed.value)
        : failed(makeFault('unknown_object', 'no key is stored for it'))
    },
  }
}
