import { runBrokenCalls, runBrokenStreams } from './broken-streams.ts'

runBrokenStreams((pair) => !pair.includes('responses'))
runBrokenCalls(['openai', 'anthropic'])
