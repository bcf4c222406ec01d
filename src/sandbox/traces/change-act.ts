/** What a plant makes of the acts of a healthy turn. */

import type { Act, ActMessage } from './act.ts'
import { instructions } from './healthy-turns.ts'

export const says = (act: Act, text: string): Act => ({ ...act, output: [{ role: 'assistant', text }] })
export const isTold = (act: Act, more: string): Act => ({
  ...act,
  input: [
    { role: 'system', text: `${instructions} ${more}` },
    { role: 'user', text: 'Please answer.' },
  ],
})
export const fails = ({ output: _, ...act }: Act, error: string): Act => ({ ...act, error })
export const admitted = 'Unfortunately that could not be looked up. Please try again later.'
export const step = (name: string, kind: Act['kind'], input: Act['input'], output: Act['output']): Act => ({
  name,
  kind,
  input,
  ...(output ? { output } : {}),
  lastsMs: 500,
})
export const chat = (system: string, user: string): readonly ActMessage[] => [
  { role: 'system', text: system },
  { role: 'user', text: user },
]
