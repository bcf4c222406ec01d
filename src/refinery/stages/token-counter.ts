/** Counts tokens so that other work goes on in between; the vocabulary is read with the first count. */

import type { Clock } from '../../base/clock.ts'
import { countTokens } from '../../gateway/policy/count-tokens.ts'
import { loadTokenizer } from '../../gateway/policy/load-tokenizer.ts'
import type { CountTokens } from './split-run.ts'

export async function tokenCounter(clock: Pick<Clock, 'sleep'>): Promise<CountTokens> {
  const tokenizer = await loadTokenizer()
  return (text) => countTokens(text, { tokenizer, pause: () => clock.sleep(0) })
}
