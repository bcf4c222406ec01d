/** Hashes conversations so that equal ones can be found again and none can be guessed without the installation's key. */

import { createHash, hash, hkdfSync } from 'node:crypto'
import type { ChatRequest, ContentPart, Message } from '../protocol/chat.ts'
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
    const prepared = prepareHmac(key)
    hashes.set(tenant, prepared)
    return prepared
  }
  return {
    hashPrompt: (request, tenant) => hashOf(tenant).of(canonical(request)),
    hashText: (text, tenant) => hashOf(tenant).of(text),
    openTextHash: (tenant) => hashOf(tenant).open(),
  }
}

/** Plain SHA-256 over the same form: the same on every installation, and guessable where the text is short. */
export const plainHasher: PromptHasher = {
  hashPrompt: (request) => hash('sha256', canonical(request), 'hex'),
  hashText: (text) => hash('sha256', text, 'hex'),
  openTextHash() {
    const open = createHash('sha256')
    return { update: (text) => void open.update(text), digest: () => open.digest('hex') }
  },
}

/** A JSON array of `[role, text, ...tool calls]`, each text in NFC with LF line ends and no outer white space. */
export function canonical({ messages }: ChatRequest): string {
  return JSON.stringify(
    messages.map((message) => [
      message.role,
      normal(messageText(message)),
      ...(message.role === 'assistant' ? message.toolCalls.map((call) => [call.name, call.arguments]) : []),
    ]),
  )
}

export const messageText = ({ content }: Message) => content.map(textOf).join('\n')

/** NFC leaves a text of lower characters as it is. */
const mayDecompose = /[\u0300-\uffff]/

/** NFC, LF, no outer white space. */
export function normal(text: string): string {
  const composed = mayDecompose.test(text) ? text.normalize('NFC') : text
  return (composed.includes('\r') ? composed.replace(/\r\n?/g, '\n') : composed).trim()
}

function textOf(part: ContentPart): string {
  if (part.kind === 'text' || part.kind === 'reasoning') return part.text
  if (part.kind === 'audio') return part.data
  return part.source.kind === 'url' ? part.source.url : part.source.data
}
