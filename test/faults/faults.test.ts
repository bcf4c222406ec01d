import { responsesLanes } from './rig.ts'
import { responsesRows } from './rows-responses.ts'
import { statusRows } from './rows-status.ts'
import { heavyRows, streamRows } from './rows-stream.ts'
import { wireRows } from './rows-wire.ts'
import { runRows } from './run-rows.ts'

runRows({ name: 'faults', rows: [...statusRows, ...wireRows, ...streamRows], concurrency: 12 })
runRows({
  name: 'faults of Responses',
  rows: responsesRows,
  lanes: responsesLanes.filter(({ caller }) => caller !== 'anthropic'),
  concurrency: 12,
})
runRows({
  name: 'heavy faults',
  rows: heavyRows,
  lanes: [
    { caller: 'openai', provider: 'openai' },
    { caller: 'openai', provider: 'gemini' },
    { caller: 'anthropic', provider: 'anthropic' },
  ],
  concurrency: 1,
})
