/** Reads a request's body as text, up to a bound, straight from the socket's stream. */

import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { type ByteSpan, findersOf } from '../base/json-field.ts'
import { createJsonGauge } from '../base/json-gauge.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { createTurnstile } from '../base/turnstile.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { bodyLimits, excessFault } from './read-body.ts'

const together = createTurnstile()
const modelFinder = findersOf('model')

/** Whoever waits for the first words of a stream waits for nobody else; where the letters stand in a text, nobody is harmed. */
const mayStream = /"stream"\s*:\s*true/
/** What is longer is not searched, and sets out by itself: beside its own time the steps of others are nothing. */
const longUnits = 65_536

export interface ReadText {
  readonly text: string
  /** The same in bytes. */
  readonly pieces: readonly Uint8Array[]
  /** Where in them the text of the field `model` stands; undefined where that is not certain. */
  readonly model: ByteSpan | undefined
}

/** The text, or a fault: not JSON by its content type, larger, deeper or wider than the bounds, or broken off. */
export function readText(request: IncomingMessage, limitBytes: number): Promise<Outcome<ReadText, Fault>> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json *(;|$)/i.test(type))
    return Promise.resolve(failed(makeFault('unsupported_media_type', 'send content-type: application/json')))
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve(failed(tooLarge()))
  return new Promise((resolve) => {
    const finder = modelFinder()
    const gauge = createJsonGauge(bodyLimits, finder)
    let text = openText()
    let bytes = 0
    let isRefused = false
    const refuse = (fault: Fault) => {
      isRefused = true
      text = openText()
      resolve(failed(fault))
    }
    request.on('data', (chunk: Buffer) => {
      if (isRefused) return
      bytes += chunk.length
      if (bytes > limitBytes) return refuse(tooLarge())
      text.push(chunk)
      const excess = gauge.push(chunk)
      if (excess) refuse(excessFault(excess))
    })
    request.on('end', () => {
      if (isRefused) return
      const read = { text: text.end(), pieces: text.bytes(), model: finder.span() }
      const go = () => resolve(done(read))
      if (read.text.length > longUnits || mayStream.test(read.text)) go()
      else together(go)
    })
    request.on('error', () => resolve(failed(makeFault('cancelled', 'the caller went away'))))
  })
}

const tooLarge = () => makeFault('body_too_large', 'the body is too large')

/** Decoded while it arrives, for a large body decoded at its end would hold up everybody else. */
function openText() {
  const bytes: Buffer[] = []
  let decoder: StringDecoder | undefined
  const pieces: string[] = []
  return {
    bytes: () => bytes,
    push(chunk: Buffer): void {
      bytes.push(chunk)
      const [first] = bytes
      if (bytes.length === 1 || first === undefined) return
      if (decoder === undefined) {
        decoder = new StringDecoder('utf8')
        pieces.push(decoder.write(first))
      }
      pieces.push(decoder.write(chunk))
    },
    end(): string {
      if (decoder === undefined) return bytes[0]?.toString('utf8') ?? ''
      pieces.push(decoder.end())
      return pieces.join('')
    },
  }
}
