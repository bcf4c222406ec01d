/** OpenAI's vocabulary of 200,000 words, read with the first count: it is large and rarely needed. */

import type { Tokenizer } from './count-tokens.ts'

export async function loadTokenizer(): Promise<Tokenizer> {
  const { countTokens, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base')
  // Its cache would keep pieces of what callers wrote.
  setMergeCacheSize(0)
  // Words that are marks to the tokenizer are only words in a caller's text.
  const disallowedSpecial = new Set<string>()
  return (text) => countTokens(text, { disallowedSpecial })
}
