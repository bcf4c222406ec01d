/** Keeps compiled code in the data directory, so that the next start of a command takes less time. */

import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/** Of what is loaded from now on. Where there is no data directory yet, or it cannot be written, nothing changes. */
export function keepCompiled(dataDir: string): void {
  if (existsSync(dataDir)) enableCompileCache(join(dataDir, 'compiled'))
}
