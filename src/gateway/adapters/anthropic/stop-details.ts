/** What Anthropic says of a refusal, beside the word for it. */

import { isRecord } from '../../../base/text.ts'
import { filled } from '../present.ts'

/** Why it refused, where it says so. */
export function refusalOf(details: unknown): string | undefined {
  return isRecord(details) ? (filled(details['explanation']) ?? filled(details['category'])) : undefined
}
