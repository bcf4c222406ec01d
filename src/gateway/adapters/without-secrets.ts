/** Takes keys out of what providers say before it is cut to its length: half a key is no longer known for one. */

import { safeText } from '../../base/safe-text.ts'

export function withoutSecrets(message: string): string {
  return safeText(message)
}
