/** A quote without what is personal or secret, also where the quote begins or ends in the middle of it. */

import { redact } from '../record/redact.ts'

/** Secrets are told by what stands around them; so much of it is looked at on either side. */
const aroundCharacters = 700
/** What cannot be told apart after so many words is not shown. */
const mostWords = 60

/** `text` holds the quote. The answer is as long as the quote or shorter, and may be `[redacted]`. */
export function safeQuote(quote: string, text: string): string {
  const at = text.indexOf(quote)
  const start = Math.max(0, at - aroundCharacters)
  const around = redact(text.slice(start, at + quote.length + aroundCharacters))
  const own = redact(quote)
  if (around.includes(own)) return own
  const words = quote.split(/(?<=\s)/).slice(0, mostWords)
  for (let dropped = 1; dropped < words.length; dropped += 1)
    for (let front = 0; front <= dropped; front += 1) {
      const part = redact(words.slice(front, words.length - (dropped - front)).join('')).trim()
      if (part !== '' && around.includes(part)) return part
    }
  return '[redacted]'
}
