/** Opens the control file and puts together who may call, and with which stored keys providers are called. */

import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Config } from '../config/config.ts'
import { openControlFile } from '../record/control/control-file.ts'
import { createKeyStore } from '../record/control/key-store.ts'
import { createSecretStore } from '../record/control/secret-store.ts'
import type { AccessOffices } from '../server/access/access-routes.ts'
import { createGate, type Gate, type GateOptions } from '../server/access/gate.ts'
import { createKeyBook } from '../server/access/key-book.ts'
import { createKeyOffice } from '../server/access/key-office.ts'
import { createSecretOffice } from '../server/access/secret-office.ts'
import { isLoopback } from '../server/guard.ts'
import { withStoredKeys } from './stored-keys.ts'

export interface AccessOptions {
  readonly dataDir: string
  readonly installationKey: Buffer
  readonly config: () => Config
  readonly adminKey: string | undefined
  readonly addressOf?: GateOptions['addressOf']
  readonly onProblem: (line: string) => void
}

export interface OpenAccess {
  readonly gate: Gate
  readonly offices: AccessOffices
  readonly asksForKey: () => boolean
  /** The configuration with the providers' stored keys in it. */
  readonly config: () => Config
  close(): void
}

/** Stored keys that cannot be opened are a reason in words, and nothing of them is lost. */
export function openAccess(options: AccessOptions): Outcome<OpenAccess, string> {
  const { dataDir, installationKey, config, adminKey, addressOf, onProblem } = options
  const file = openControlFile(dataDir)
  if (!file.ok) return file
  const clock = systemClock
  const keys = createKeyStore(file.value)
  const secrets = createSecretStore(file.value, installationKey)
  const merged = withStoredKeys({ config, secrets, clock, onProblem })
  if (!merged.ok) {
    file.value.close()
    return failed(merged.fault)
  }
  const fileKeys = () => config().access.keys
  const book = createKeyBook({ store: keys, fileKeys, adminKey, clock })
  return done({
    gate: createGate({ book, clock, isOpenToNobody: !isLoopback(config().server.host), addressOf }),
    asksForKey: book.asksForKey,
    offices: {
      keys: createKeyOffice({ store: keys, fileKeys, clock }),
      secrets: createSecretOffice({ store: secrets, config, clock }),
    },
    config: merged.value,
    close: file.value.close,
  })
}
