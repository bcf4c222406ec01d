/** A quote without what is personal or secret, also where the quote begins or ends in the middle of it. */

import { redact } from '../record/redact.ts'

/** Secrets are told by what stands around them; so much of it is looked at on either side. */
const aroundCharacters = 700
/** What cannot be told apart after so many words is not shown. */
const mostWords = 60

/** So much of the text around a quote is shown. */
const shownCharacters = 160

export interface SafeQuote {
  readonly quote: string
  readonly before?: string
  readonly after?: string
}

/** `text` holds the quote. The quote given is as long or shorter, and may be `[redacted]`. */
export function safeQuote(quote: string, text: string): SafeQuote {
  const at = text.indexOf(quote)
  const start = Math.max(0, at - aroundCharacters)
  const around = redact(text.slice(start, at + quote.length + aroundCharacters))
  const own = redact(quote)
  if (around.includes(own)) return inWords(own, around)
  const words = quote.split(/(?<=\s)/).slice(0, mostWords)
  for (let dropped = 1; dropped < words.length; dropped += 1)
    for (let front = 0; front <= dropped; front += 1) {
      const part = redact(words.slice(front, words.length - (dropped - front)).join('')).trim()
      if (part !== '' && around.includes(part)) return { quote: part }
    }
  return { quote: '[redacted]' }
}

/** What stands around it, in whole words. */
function inWords(quote: string, around: string): SafeQuote {
  const at = around.indexOf(quote)
  const before = around.slice(Math.max(0, at - shownCharacters), at)
  const after = around.slice(at + quote.length, at + quote.length + shownCharacters)
  const head = at > shownCharacters ? `…${before.replace(/^\S*/, '')}` : before
  const tail = around.length > at + quote.length + shownCharacters ? `${after.replace(/\S*$/, '')}…` : after
  return {
    quote,
    ...(head.trim() === '' ? {} : { before: head }),
    ...(tail.trim() === '' ? {} : { after: tail }),
  }
}
