import { runConversations, runStates } from './conversations.ts'
import { outbounds } from './gateway-world.ts'

runConversations((pair) => !pair.includes('responses'))
runStates(outbounds)
