/** The sandbox's analyst as a process of its own: prints its address, ends with whoever started it. */

import { openAnalyst } from '../src/cli/analyses/open-analyst.ts'

const [tokensPerMinute = '50000000'] = process.argv.slice(2)
const sandbox = await openAnalyst(Number(tokensPerMinute))
process.stdout.write(`${sandbox.address}\n`)
