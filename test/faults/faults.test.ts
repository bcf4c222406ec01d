import { statusRows } from './rows-status.ts'
import { floodRows, streamRows } from './rows-stream.ts'
import { wireRows } from './rows-wire.ts'
import { runRows } from './run-rows.ts'

runRows({ name: 'faults', rows: [...statusRows, ...wireRows, ...streamRows], concurrency: 12 })
runRows({
  name: 'floods',
  rows: floodRows,
  lanes: [{ caller: 'openai', provider: 'openai' }],
  concurrency: 1,
})
