/** What remembers beside the ledger, in front of a ledger that is well and has nothing waiting. */

import { systemClock } from '../src/base/clock.ts'
import { plainLog } from '../src/cli/open-log.ts'
import { type OpenRecord, openRecord, type RecordOptions } from '../src/cli/open-record.ts'

export const openTestRecord = (
  options: Pick<RecordOptions, 'config' | 'dataDir' | 'bus'> & Partial<Pick<RecordOptions, 'clock'>>,
): Promise<OpenRecord> =>
  openRecord({
    clock: systemClock,
    ...options,
    ledger: { health: () => ({ isWell: true, waiting: 0, lost: 0 }), settled: async () => {} },
    version: '0',
    env: {},
    log: plainLog,
  })
