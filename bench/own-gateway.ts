/** A gateway in the thread of a bench, for what is measured of that thread. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openGateway } from '../src/cli/open-gateway.ts'
import { readConfig } from '../src/config/read-config.ts'

/** `config` is what a configuration file would hold. The gateway is closed, and what it kept is gone, when `use` has ended. */
export async function withGateway(config: object, use: (address: string) => Promise<void>): Promise<void> {
  const read = readConfig({ text: JSON.stringify(config), file: 'bench.yaml', env: {} })
  if (!read.ok) throw new Error(JSON.stringify(read.fault))
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-bench-'))
  const gateway = await openGateway({ config: read.value, dataDir: dir })
  if (!gateway.ok) throw new Error(gateway.fault)
  try {
    await use(gateway.value.address)
  } finally {
    await gateway.value.close()
    rmSync(dir, { recursive: true, force: true })
  }
}
