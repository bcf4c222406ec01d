/** Makes text of others fit for logs, events and answers: what may be a secret is cut, and what is no printable text. */

/** Longer texts are cut first, so that no text takes long. */
const readCharacters = 4_096
const cut = '[key]'

/** Words before `:` or `=` whose value is cut, whatever it is. */
const named =
  /(["']?\b(?:api[-_ ]?key|x-api-key|access[-_ ]?key|secret(?:[-_ ]?key|[-_ ]?access[-_ ]?key)?|client[-_ ]?secret|(?:access|refresh|id|auth|session|bearer)[-_ ]?token|token|password|passwd|pwd|authorization|cookie|set-cookie|signature|credentials?)["']?\s*[:=]\s*["']?)(?!\[key\])(?:Bearer\s+|Basic\s+)?[^\s"',;}\])]+/gi
const afterScheme = /\b(Bearer|Basic)\s+(?=[^\s"',;]*[\d+/=_.-])[^\s"',;]{8,}/gi
const login = /\/\/[^\s/@"']+@/g
const queryValue = /([?&][\w.[\]-]{1,64}=)(?!\[key\])[^\s&"'<>)]+/g
const masked = /(?<![\w-])[\w-]*(?:\*{3,}|…|\.{3}(?=\w))[\w*-]*/g
const block = /-----BEGIN[\s\S]*/
const known =
  /\b(?:sk|pk|rk|gsk|xai|csk|fw|tgp|gh[opsu]|github_pat|glpat|xox[abeprs]|hf|r8|am|pplx|nvapi|whsec|shpat|npm|dop_v1|sess)[-_][\w.-]{6,}|\b(?:AIza|ya29\.|AKIA|ASIA|eyJ)[\w.+/=-]{6,}/g
const word = /[A-Za-z0-9_+/=~.-]{16,}/g
/** Ids that providers and the gateway itself give to requests and answers. */
const harmless = /^(?:req|chatcmpl|cmpl|resp|msg|gen|vk|jrn|evt)[-_][A-Za-z0-9-]{8,40}$/

/** Controls, and marks that turn the direction of text: a line of a log is to be one line that says what it shows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g

/** One line that shows what it is made of, for terminals. */
export function printable(text: string): string {
  return text.replace(unprintable, ' ')
}

/** Given twice it changes nothing more. Texts without digits or marks come out as they are. */
export function safeText(text: string): string {
  return printable(text.slice(0, readCharacters))
    .replace(block, cut)
    .replace(login, `//${cut}@`)
    .replace(named, `$1${cut}`)
    .replace(afterScheme, `$1 ${cut}`)
    .replace(queryValue, `$1${cut}`)
    .replace(known, cut)
    .replace(masked, (found) => (/[\w*]/.test(found) ? cut : found))
    .replace(word, (found) => (mayBeSecret(found) ? cut : found))
}

/** A name or code as others give it: kept where it looks like one, else nothing. */
export function safeName(text: string): string | undefined {
  return /^[\w.:/ -]{1,80}$/.test(text) && safeText(text) === text ? text : undefined
}

/** Names are words, numbers and dates with marks between; a secret has long runs in which letters and digits mix. */
function mayBeSecret(found: string): boolean {
  const bare = found.replace(/[.=]+$/, '')
  if (harmless.test(bare)) return false
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(bare)) return true
  const runs = bare.split(/[-_./~]/)
  if (runs.some((run) => run.length >= 16 && isMixed(run))) return true
  if (runs.some((run) => /^\d{16,}$/.test(run))) return true
  return runs.filter((run) => run.length >= 6 && isMixed(run)).length >= 2
}

function isMixed(run: string): boolean {
  const hasLetter = /[A-Za-z]/.test(run)
  if (!hasLetter) return false
  return /[\d+=]/.test(run) || (run.length >= 32 && /[a-z]/.test(run) && /[A-Z]/.test(run))
}
