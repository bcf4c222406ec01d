/** Hashes conversations so that equal ones can be found again and none can be guessed without the installation's key. */

import { hkdfSync } from 'node:crypto'
import type { ChatRequest, ContentPart } from '../protocol/chat.ts'
import { type KeyedHash, prepareHmac } from './keyed-hash.ts'

export interface PromptHasher {
  /** HMAC-SHA256, hex, over the canonical conversation; see docs/ledger.md. */
  hashPrompt(request: ChatRequest, tenant: string): string
  hashText(text: string, tenant: string): string
  openTextHash(tenant: string): { update(text: string): void; digest(): string }
}

export function createPromptHasher(installationKey: Buffer): PromptHasher {
  const hashes = new Map<string, KeyedHash>()
  const hashOf = (tenant: string): KeyedHash => {
    const known = hashes.get(tenant)
    if (known) return known
    const key = Buffer.from(hkdfSync('sha256', installationKey, '', `adaptive-mind prompt ${tenant}`, 32))
    const hash = prepareHmac(key)
    hashes.set(tenant, hash)
    return hash
  }
  return {
    hashPrompt: (request, tenant) => hashOf(tenant).of(canonical(request)),
    hashText: (text, tenant) => hashOf(tenant).of(text),
    openTextHash: (tenant) => hashOf(tenant).open(),
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

function normal(text: string): string {
  const composed = text.normalize('NFC')
  return (composed.includes('\r') ? composed.replace(/\r\n?/g, '\n') : composed).trim()
}

function textOf(part: ContentPart): string {
  if (part.kind === 'text' || part.kind === 'reasoning') return part.text
  if (part.kind === 'audio') return part.data
  return part.source.kind === 'url' ? part.source.url : part.source.data
}
