import { runRecovery } from './recovery.ts'

runRecovery((from, to) => from === 'responses' || to === 'responses')
