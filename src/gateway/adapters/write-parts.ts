/** Writes the parts of a message, and notes those that the wire cannot say. */

import type { ContentPart, MediaSource } from '../../protocol/chat.ts'

/** `write` gives undefined for what cannot be said; its name comes into `dropped`. Thinking is nobody's to miss. */
export function writeParts<Wire extends object>(
  content: readonly ContentPart[],
  write: (part: ContentPart) => Wire | undefined,
  dropped: Set<string>,
): Wire[] {
  return content.flatMap((part) => {
    const written = write(part)
    if (written === undefined && part.kind !== 'reasoning') dropped.add(`messages.content.${part.kind}`)
    return written === undefined ? [] : [written]
  })
}

/** OpenAI's way to give a body in the place of an address. */
export const addressOf = (source: MediaSource): string =>
  source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
