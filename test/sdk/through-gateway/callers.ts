/** The clients the matrix is run with; a new inbound dialect is a line here. */

import { anthropicCaller } from './anthropic-caller.ts'
import type { Caller, Mode } from './caller.ts'
import { openaiCaller } from './openai-caller.ts'
import { responsesCaller } from './responses-caller.ts'

export const callers: readonly Caller[] = [openaiCaller, anthropicCaller, responsesCaller]
export const modes: readonly Mode[] = ['whole', 'streamed']
