/** Hashes conversations so that equal ones can be found again and none can be guessed without the installation's key. */

import { createHmac, hkdfSync } from 'node:crypto'
import type { ChatRequest, ContentPart } from '../protocol/chat.ts'

export interface PromptHasher {
  /** HMAC-SHA256, hex, over the canonical conversation; see docs/ledger.md. */
  hashPrompt(request: ChatRequest, tenant: string): string
  openTextHash(tenant: string): { update(text: string): void; digest(): string }
}

export function createPromptHasher(installationKey: Buffer): PromptHasher {
  const keys = new Map<string, Buffer>()
  const keyOf = (tenant: string): Buffer => {
    const known = keys.get(tenant)
    if (known) return known
    const key = Buffer.from(hkdfSync('sha256', installationKey, '', `adaptive-mind prompt ${tenant}`, 32))
    keys.set(tenant, key)
    return key
  }
  return {
    hashPrompt: (request, tenant) =>
      createHmac('sha256', keyOf(tenant)).update(canonical(request)).digest('hex'),
    openTextHash(tenant) {
      const hmac = createHmac('sha256', keyOf(tenant))
      return { update: (text) => void hmac.update(text), digest: () => hmac.digest('hex') }
    },
  }
}

/** A JSON array of `[role, text, ...tool calls]`, each text in NFC with LF line ends and no outer white space. */
export function canonical({ messages }: ChatRequest): string {
  return JSON.stringify(
    messages.map((message) => [
      message.role,
      normal(message.content.map(textOf).join('\n')),
      ...(message.role === 'assistant' ? message.toolCalls.map((call) => [call.name, call.arguments]) : []),
    ]),
  )
}

const normal = (text: string) => text.normalize('NFC').replace(/\r\n?/g, '\n').trim()

function textOf(part: ContentPart): string {
  if (part.kind === 'text' || part.kind === 'reasoning') return part.text
  if (part.kind === 'audio') return part.data
  return part.source.kind === 'url' ? part.source.url : part.source.data
}
