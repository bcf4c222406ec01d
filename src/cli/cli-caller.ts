/** Who calls from the command line. */

import { allTenants, type Caller } from '../protocol/access.ts'

/** Whoever may read the data directory is above all keys. */
export const cliCaller: Caller = {
  keyId: 'cli',
  name: 'command line',
  kind: 'admin',
  tenant: allTenants,
  scopes: ['admin'],
  limits: {},
}
