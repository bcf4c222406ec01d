/** Takes personal data and secrets out of text before it is kept. */

interface Pattern {
  readonly name: string
  readonly pattern: RegExp
  /** A text for which this is false holds nothing of the kind; most texts are told apart by it without a search. */
  readonly mayHold: (text: string, hints: Hints) => boolean
}

/** Looked for once in each text. */
interface Hints {
  readonly hasDigit: boolean
  /** A word stands there that mostly has a secret behind it. */
  readonly namesSecret: boolean
}

const digit = /\d/
const secretWord = /key|token|secret|passw|passphrase|pwd|authorization|signature|bearer |basic /i

const patterns: readonly Pattern[] = [
  {
    name: 'key',
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,16384}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
    mayHold: (text) => text.includes('-----BEGIN '),
  },
  {
    name: 'key',
    pattern:
      /\b(?:sk|pk|rk|gsk|xai|csk|fw|tgp|hf|npm|glpat|dop|shpat|am|r8|pplx|nvapi|github_pat|gh[oprsu]|xox[abeoprs]|whsec|SG)[-_.][A-Za-z0-9_.-]{11,512}[A-Za-z0-9_-]|\bAIza[A-Za-z0-9_-]{20,}|\bya29\.[A-Za-z0-9_-]{12,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
    mayHold: (text) => /[-_]|SG\.|ya29|AIza|AKIA|ASIA/.test(text),
  },
  {
    name: 'key',
    pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
    mayHold: (text) => text.includes('J') && text.includes('eyJ'),
  },
  {
    name: 'key',
    pattern: /\b(?:Bearer|Basic) [A-Za-z0-9._~+/=-]{8,}/gi,
    mayHold: (text, { namesSecret }) => namesSecret && /bearer |basic /i.test(text),
  },
  {
    name: 'key',
    pattern: /(?<=:\/\/)[^\s/:@"']{1,128}:[^\s/@"']{1,256}(?=@)/g,
    mayHold: (text) => text.includes('@') && text.includes('://'),
  },
  {
    name: 'email',
    pattern: /\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g,
    mayHold: (text) => text.includes('@'),
  },
  { name: 'ssn', pattern: /\b\d{3}[- ]\d{2}[- ]\d{4}\b/g, mayHold: (_text, { hasDigit }) => hasDigit },
  {
    name: 'iban',
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g,
    mayHold: (text, { hasDigit }) => hasDigit && /[A-Z]{2}\d\d/.test(text),
  },
  {
    name: 'phone',
    pattern:
      /(?<!\w)(?:\+|00)\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ ./-]?\d{2,4}){2,4}\b|\(\d{3,5}\) ?\d{3}[ .-]?\d{3,5}\b|\b\d{3}[.-]\d{3}[.-]\d{4}\b|(?<![\w.])0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5}\b/g,
    mayHold: (_text, { hasDigit }) => hasDigit,
  },
]
/** A word that tells of a secret, and the value that follows it, whatever it looks like. */
const named =
  /((?:key|token|secret|password|passwd|pwd|passphrase|authorization|signature)["'\\]{0,4}\s?(?:[:=]|is)\s?["'\\]{0,4})(?!\[key\])[^\s"'\\,;&)}\]]{6,512}/gi
const mayName =
  /(?:key|token|secret|passw?d?(?:ord|phrase)?|pwd|authorization|signature)["'\\]{0,4}\s?(?:[:=]|is)/i

const cardLike = /\b\d(?:[ -]?\d){12,18}\b/g

/** E-mail addresses, phone, card, account and social security numbers and keys become `[email]`, `[phone]`, `[card]`, `[iban]`, `[ssn]`, `[key]`. */
export function redact(text: string): string {
  const hints = { hasDigit: digit.test(text), namesSecret: secretWord.test(text) }
  let kept = hints.hasDigit ? text.replace(cardLike, (digits) => (isCard(digits) ? '[card]' : digits)) : text
  for (const { name, pattern, mayHold } of patterns)
    if (mayHold(kept, hints)) kept = kept.replace(pattern, `[${name}]`)
  return hints.namesSecret && mayName.test(kept) ? kept.replace(named, '$1[key]') : kept
}

export type Redact = (text: string) => string

/** With the installation's own patterns in front; what they find becomes `[redacted]`. */
export function createRedactor(patterns: readonly string[]): Redact {
  if (patterns.length === 0) return redact
  const own = patterns.map((pattern) => new RegExp(pattern, 'gu'))
  return (text) => redact(own.reduce((kept, pattern) => kept.replace(pattern, '[redacted]'), text))
}

/** Every text inside a value of plain data; names of fields stay. What lies deeper than 12 levels goes. */
export function redactValue(value: unknown, redact: Redact, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > 12) return '[too deep]'
  if (Array.isArray(value)) return value.map((one) => redactValue(one, redact, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, redactValue(inner, redact, depth + 1)]),
  )
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
