/** A simulated provider that speaks every dialect, for tests of programs that use the gateway. */

import { systemClock } from '../base/clock.ts'
import { anthropicInbound } from '../gateway/adapters/anthropic/adapter.ts'
import { geminiInbound } from '../gateway/adapters/gemini/adapter.ts'
import { openaiInbound } from '../gateway/adapters/openai/adapter.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'

/** Rejects where the port is taken or a rule is not valid. */
export function openSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const inbound = { openai: openaiInbound, anthropic: anthropicInbound, gemini: geminiInbound }
  return startSandbox({ inbound, clock: systemClock, ...options })
}
