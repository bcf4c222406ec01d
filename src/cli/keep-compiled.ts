/** Keeps compiled code, so that a start takes less time: in the checkout where `npm ci` has begun it, in the data directory elsewhere. */

import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Begun by `scripts/compile-ahead.ts`. */
export const compiledInCheckout = fileURLToPath(
  new URL('../../node_modules/.cache/adaptive-mind', import.meta.url),
)

/** Of what is loaded from now on, here and in threads and processes that this one starts. Where neither directory is there, or it cannot be written, nothing changes. */
export function keepCompiled(dataDir?: string, inCheckout = compiledInCheckout): void {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return
  const dir = whereToKeep(dataDir, inCheckout)
  if (dir === undefined) return
  enableCompileCache(dir)
  process.env['NODE_COMPILE_CACHE'] = dir
}

function whereToKeep(dataDir: string | undefined, inCheckout: string): string | undefined {
  if (existsSync(inCheckout)) return inCheckout
  return dataDir !== undefined && existsSync(dataDir) ? join(dataDir, 'compiled') : undefined
}
