/** Takes personal data and secrets out of text before it is kept. */

interface Pattern {
  readonly name: string
  readonly pattern: RegExp
  /** A text for which this is false holds nothing of the kind; most texts are told apart by it without a search. */
  readonly mayHold: (text: string) => boolean
}

const hasDigit = (text: string) => /\d/.test(text)

const patterns: readonly Pattern[] = [
  {
    name: 'key',
    pattern:
      /\b(?:sk|pk|gsk|xai|csk|fw|tgp|ghp|am)[-_][A-Za-z0-9_-]{12,}|\bAIza[A-Za-z0-9_-]{20,}|\bAKIA[A-Z0-9]{16}\b/g,
    mayHold: (text) => /[-_]|AIza|AKIA/.test(text),
  },
  {
    name: 'key',
    pattern: /\bBearer [A-Za-z0-9._~+/=-]{8,}/g,
    mayHold: (text) => text.includes('Bearer '),
  },
  {
    name: 'email',
    pattern: /\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g,
    mayHold: (text) => text.includes('@'),
  },
  { name: 'ssn', pattern: /\b\d{3}-\d{2}-\d{4}\b/g, mayHold: hasDigit },
  {
    name: 'phone',
    pattern:
      /(?<!\w)\+\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}\b|\(\d{3}\) ?\d{3}[ .-]?\d{4}\b|\b\d{3}[.-]\d{3}[.-]\d{4}\b/g,
    mayHold: hasDigit,
  },
]
const cardLike = /\b\d(?:[ -]?\d){12,18}\b/g

/** E-mail, phone, card and social security numbers and keys become `[email]`, `[phone]`, `[card]`, `[ssn]`, `[key]`. */
export function redact(text: string): string {
  const withoutCards = hasDigit(text)
    ? text.replace(cardLike, (digits) => (isCard(digits) ? '[card]' : digits))
    : text
  return patterns.reduce(
    (kept, { name, pattern, mayHold }) => (mayHold(kept) ? kept.replace(pattern, `[${name}]`) : kept),
    withoutCards,
  )
}

export type Redact = (text: string) => string

/** With the installation's own patterns in front; what they find becomes `[redacted]`. */
export function createRedactor(patterns: readonly string[]): Redact {
  if (patterns.length === 0) return redact
  const own = patterns.map((pattern) => new RegExp(pattern, 'gu'))
  return (text) => redact(own.reduce((kept, pattern) => kept.replace(pattern, '[redacted]'), text))
}

/** Luhn's check over the digits. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  let sum = 0
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at])
    const value = at % 2 === 0 ? digit : digit * 2
    sum += value > 9 ? value - 9 : value
  }
  return digits.length >= 13 && sum % 10 === 0
}
