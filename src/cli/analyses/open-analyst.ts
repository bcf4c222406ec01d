/** The sandbox with its model `analyst`, held to the tokens of a minute as a real provider would be. */

import { createRequire } from 'node:module'
import { systemClock } from '../../base/clock.ts'
import type { Config } from '../../config/config.ts'
import { sandboxConfig } from '../../config/from-environment.ts'
import type { Tokenizer } from '../../gateway/policy/count-tokens.ts'
import { analystOr } from '../../sandbox/analyst/analyst.ts'
import { type Answerer, simulatedAnswer } from '../../sandbox/answerer.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { inboundAdapters } from '../adapters.ts'

/** The vocabulary is large, and only the first question of an analysis needs it. */
function lazyTokenizer(): Tokenizer {
  let known: Tokenizer | undefined
  return (text) => {
    known ??= readTokenizer()
    return known(text)
  }
}

function readTokenizer(): Tokenizer {
  const require = createRequire(import.meta.url)
  const read =
    require('gpt-tokenizer/encoding/o200k_base') as typeof import('gpt-tokenizer/encoding/o200k_base')
  const disallowedSpecial = new Set<string>()
  return (text) => read.countTokens(text, { disallowedSpecial })
}

export const sandboxAnswerer = (): Answerer => analystOr(simulatedAnswer, lazyTokenizer())

export const openAnalyst = (tokensPerMinute: number): Promise<Sandbox> =>
  startSandbox({
    inbound: inboundAdapters,
    clock: systemClock,
    answerer: sandboxAnswerer(),
    file: { limits: { tokens_per_minute: tokensPerMinute } },
  })

/** With one key, for its limit is a key's. */
export function analystConfig(address: string): Config {
  const config = sandboxConfig(address)
  const providers = new Map(
    [...config.providers].map(([name, provider]) => [name, { ...provider, keys: provider.keys.slice(0, 1) }]),
  )
  return { ...config, providers }
}
