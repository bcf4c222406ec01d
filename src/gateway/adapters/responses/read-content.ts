/** Reads the content of a message or of a function's output. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import { isRecord } from '../../../base/text.ts'
import type { ContentPart } from '../../../protocol/chat.ts'
import type { Fault } from '../../../protocol/fault.ts'
import { readSource } from '../openai/read-messages.ts'
import { filled, present } from '../present.ts'
import { unsupported } from './unsupported.ts'
import type { WireContent } from './wire.ts'

export interface ReadContent {
  readonly parts: readonly ContentPart[]
  readonly refusal?: string
  /** Places that the shared form cannot hold. */
  readonly unmapped: readonly string[]
}

type WirePart = Readonly<Record<string, unknown>>

/** `place` names the content in faults: `input.0.content`. */
export function readContent(content: WireContent, place: string): Outcome<ReadContent, Fault> {
  if (typeof content === 'string')
    return done({ parts: content === '' ? [] : [{ kind: 'text', text: content }], unmapped: [] })
  const parts: ContentPart[] = []
  const unmapped: string[] = []
  let refusal: string | undefined
  for (const [at, wire] of content.entries()) {
    if (wire.type === 'refusal') {
      refusal = filled(wire['refusal']) ?? refusal
      continue
    }
    const read = readPart(wire, `${place}.${at}`)
    if (!read.ok) return read
    if (read.value === undefined) unmapped.push(`${place}.${at}`)
    else parts.push(...read.value)
  }
  return done({ parts, unmapped, ...(refusal === undefined ? {} : { refusal }) })
}

type ReadPart = Outcome<readonly ContentPart[] | undefined, Fault>

/** Undefined for a part that the shared form cannot hold. */
function readPart(wire: WirePart, place: string): ReadPart {
  switch (wire['type']) {
    case 'input_text':
    case 'output_text':
    case 'text': {
      const text = wire['text']
      if (typeof text !== 'string') return failed(unsupported(`${place}.text`, 'must be a text'))
      return done(text === '' ? [] : [{ kind: 'text', text }])
    }
    case 'input_image':
      return readImage(wire, place)
    case 'input_file':
      return readFile(wire, place)
    case 'input_audio':
      return done(readAudio(wire['input_audio']))
    default:
      return done(undefined)
  }
}

const unknownFile = (place: string, instead: string) =>
  failed(unsupported(`${place}.file_id`, `the gateway keeps no files; send ${instead}`))

function readImage(wire: WirePart, place: string): ReadPart {
  const url = filled(wire['image_url'])
  if (url === undefined)
    return filled(wire['file_id'])
      ? unknownFile(place, '`image_url`, an address or a data URL')
      : failed(unsupported(`${place}.image_url`, 'must be an address or a data URL'))
  const { detail } = wire
  const known = detail === 'auto' || detail === 'low' || detail === 'high' ? detail : undefined
  return done([present({ kind: 'image', source: readSource(url), detail: known })])
}

function readFile(wire: WirePart, place: string): ReadPart {
  const name = filled(wire['filename'])
  const data = filled(wire['file_data'])
  if (data !== undefined)
    return done([present({ kind: 'file', source: readSource(data, 'application/pdf'), name })])
  const url = filled(wire['file_url'])
  if (url !== undefined) return done([present({ kind: 'file', source: { kind: 'url', url }, name })])
  return filled(wire['file_id'])
    ? unknownFile(place, '`file_data` or `file_url`')
    : failed(unsupported(`${place}.file_data`, 'a file needs `file_data` or `file_url`'))
}

function readAudio(audio: unknown): readonly ContentPart[] | undefined {
  if (!isRecord(audio)) return undefined
  const data = filled(audio['data'])
  return data === undefined ? undefined : [{ kind: 'audio', data, format: filled(audio['format']) ?? 'wav' }]
}
