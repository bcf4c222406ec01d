/** `POST /v1/messages/count_tokens`: the tokens of a request, counted here and sent nowhere. */

import { done, failed, type Outcome } from '../base/outcome.ts'
import { countRequestTokens } from '../gateway/policy/count-tokens.ts'
import { loadTokenizer } from '../gateway/policy/load-tokenizer.ts'
import type { Caller } from '../protocol/access.ts'
import type { Fault } from '../protocol/fault.ts'
import { deniedName } from './access/denied-name.ts'
import { readJsonObject } from './read-body.ts'
import { parseChatBody } from './read-chat.ts'
import type { ServerParts } from './server-parts.ts'

/** Answers in Anthropic's shape; a model nobody knows is refused as it would be for a message. */
export async function countMessageTokens(
  parts: ServerParts,
  caller: Caller,
  text: string,
): Promise<Outcome<{ readonly input_tokens: number }, Fault>> {
  const body = readJsonObject(text)
  if (!body.ok) return body
  // The one field that a message must have and a count has not.
  const read = parseChatBody({ max_tokens: 1, ...body.value }, parts.inbound.anthropic)
  if (!read.ok) return read
  const denied = deniedName(caller, read.value, parts.config())
  if (denied) return failed(denied)
  const explained = parts.engine.explain(read.value)
  if (!explained.ok && explained.fault.code === 'unknown_model') return explained
  const tokenizer = await loadTokenizer()
  const pause = () => parts.clock.sleep(0)
  return done({ input_tokens: await countRequestTokens(read.value.request, { tokenizer, pause }) })
}
