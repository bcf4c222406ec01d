import { runConversations, runStates } from './conversations.ts'

runConversations((pair) => pair.includes('responses'))
runStates(['responses'])
