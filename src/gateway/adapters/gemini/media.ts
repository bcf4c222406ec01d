/** Pictures, sounds and files between Gemini's parts and ours. */

import type { ContentPart, MediaSource } from '../../../protocol/chat.ts'
import { present } from '../present.ts'

type Media = Extract<ContentPart, { kind: 'image' | 'file' | 'audio' }>

/** Sounds by their name at OpenAI → the MIME type's second half, where they differ. */
const soundTypes: Readonly<Record<string, string>> = { mpeg: 'mp3', 'x-wav': 'wav', wave: 'wav' }

/** Where an address has no type beside it, its ending tells. */
const endings: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heif',
  gif: 'image/gif',
  pdf: 'application/pdf',
}

export function readInline(mediaType: string, data: string, name?: string): Media {
  const sound = /^audio\/([^;]+)/.exec(mediaType)?.[1]
  if (sound !== undefined) return { kind: 'audio', data, format: soundTypes[sound] ?? sound }
  const source: MediaSource = { kind: 'base64', mediaType, data }
  return mediaType.startsWith('image/') ? { kind: 'image', source } : present({ kind: 'file', source, name })
}

export function readAddress(url: string, mediaType: string | undefined, name?: string): Media {
  const source: MediaSource = { kind: 'url', url }
  const type = mediaType ?? typeByEnding(url) ?? ''
  return type.startsWith('image/') ? { kind: 'image', source } : present({ kind: 'file', source, name })
}

export function writeMedia(part: Media): Record<string, unknown> {
  if (part.kind === 'audio') return { inlineData: { mimeType: `audio/${part.format}`, data: part.data } }
  const { source } = part
  if (source.kind === 'base64') return { inlineData: { mimeType: source.mediaType, data: source.data } }
  return { fileData: present({ fileUri: source.url, mimeType: typeByEnding(source.url) }) }
}

function typeByEnding(url: string): string | undefined {
  const ending = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(endings, ending) ? endings[ending] : undefined
}
