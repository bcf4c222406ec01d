/** Takes keys out of what providers say: they echo them in their messages, ours never do. */

export function withoutSecrets(message: string): string {
  return message.replace(
    /\b(sk|gsk|xai|csk|pk|tgp|fw|AIza|Bearer)[-_ ][\w*.…-]{4,}|\bAIza[\w-]{10,}/g,
    '[key]',
  )
}
