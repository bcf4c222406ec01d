/** The admin key of the environment, and whether an address may be listened on with the keys there are. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { FileKey } from '../config/config.ts'
import type { KeyGrant } from '../protocol/access.ts'
import { openControlFile } from '../record/control/control-file.ts'
import { createKeyStore } from '../record/control/key-store.ts'
import { holds } from '../server/access/decide.ts'
import { isLoopback } from '../server/guard.ts'

const variable = 'ADAPTIVE_MIND_ADMIN_KEY'
/** A short key could be guessed in spite of the guard against guessing. */
const leastCharacters = 12

/** Undefined where none is set. A key that no header can carry, or a short one, is refused in words. */
export function readAdminKey(
  env: Readonly<Record<string, string | undefined>>,
): Outcome<string | undefined, string> {
  const key = env[variable]
  if (key === undefined || key === '') return done(undefined)
  if (!/^[\x21-\x7e]+$/.test(key)) return failed(`${variable} must be printable ASCII without spaces`)
  if (key.length < leastCharacters)
    return failed(`${variable} must have at least ${leastCharacters} characters`)
  return done(key)
}

export interface Listening {
  readonly host: string
  readonly adminKey: string | undefined
  readonly dataDir: string
  readonly fileKeys: readonly FileKey[]
}

/** Why the address is not listened on, and what to do; undefined where it may be. */
export function listeningProblem({ host, adminKey, dataDir, fileKeys }: Listening): string | undefined {
  if (isLoopback(host) || adminKey !== undefined) return undefined
  const nowMs = systemClock.wallMs()
  const isAdmin = (key: KeyGrant) => holds(key, 'admin') && (key.expiresAtMs ?? Infinity) > nowMs
  if (fileKeys.some(isAdmin) || storedKeys(dataDir).some(isAdmin)) return undefined
  return `refusing to listen on ${host} without an admin key: set ${variable}, or make one: adaptive-mind keys create --name admin --scopes admin --tenant '*' --data ${dataDir}`
}

function storedKeys(dataDir: string): readonly KeyGrant[] {
  if (!existsSync(join(dataDir, 'control.db'))) return []
  const file = openControlFile(dataDir)
  if (!file.ok) return []
  const keys = createKeyStore(file.value).all()
  file.value.close()
  return keys.ok ? keys.value.filter(({ revokedAtMs }) => revokedAtMs === undefined) : []
}
