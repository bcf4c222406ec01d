/** Every fault that is not of one dialect alone, from a provider that speaks OpenAI's Responses. */

import { responsesLanes } from './rig.ts'
import { statusRows } from './rows-status.ts'
import { heavyRows, streamRows } from './rows-stream.ts'
import { wireRows } from './rows-wire.ts'
import { runRows } from './run-rows.ts'

const rows = [...statusRows, ...wireRows, ...streamRows]
runRows({ name: 'faults over Responses', rows, lanes: responsesLanes, concurrency: 12 })
runRows({ name: 'heavy faults over Responses', rows: heavyRows, lanes: responsesLanes, concurrency: 1 })
