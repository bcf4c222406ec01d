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
const mayStream = (text: string) => text.includes('"stream"') && /"stream"\s*:\s*true/.test(text)
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
    const reading = new Reading(limitBytes, resolve)
    request.on('data', (chunk: Buffer) => reading.take(chunk))
    request.on('end', () => reading.end())
    request.on('error', () => reading.breakOff())
  })
}

type Settle = (read: Outcome<ReadText, Fault>) => void

/** Has identity: one body that arrives. A class, for one is made for every request. */
class Reading {
  readonly #limitBytes: number
  /** The request may last for minutes yet; of the body stays what became of it. */
  #arriving: Arriving | undefined
  #bytes = 0

  constructor(limitBytes: number, settle: Settle) {
    this.#limitBytes = limitBytes
    this.#arriving = openArriving(settle)
  }

  take(chunk: Buffer): void {
    if (this.#arriving === undefined) return
    this.#bytes += chunk.length
    if (this.#bytes > this.#limitBytes) {
      this.#settle(failed(tooLarge()))
      return
    }
    this.#arriving.text.push(chunk)
    const excess = this.#arriving.gauge.push(chunk)
    if (excess) this.#settle(failed(excessFault(excess)))
  }

  end(): void {
    if (this.#arriving === undefined) return
    const { text, finder } = this.#arriving
    const read = { text: text.end(), pieces: text.bytes, model: finder.span() }
    const go = () => this.#settle(done(read))
    if (read.text.length > longUnits || mayStream(read.text)) go()
    else together(go)
  }

  /** Where the whole body waits to set out, too. */
  breakOff(): void {
    this.#settle(failed(makeFault('cancelled', 'the caller went away')))
  }

  /** What still comes is thrown away. */
  #settle(read: Outcome<ReadText, Fault>): void {
    const settle = this.#arriving?.settle
    this.#arriving = undefined
    settle?.(read)
  }
}

interface Arriving {
  readonly text: ArrivingText
  readonly finder: ReturnType<typeof modelFinder>
  readonly gauge: ReturnType<typeof createJsonGauge>
  readonly settle: Settle
}

function openArriving(settle: Settle): Arriving {
  const finder = modelFinder()
  return { text: new ArrivingText(), finder, gauge: createJsonGauge(bodyLimits, finder), settle }
}

const tooLarge = () => makeFault('body_too_large', 'the body is too large')

/** Decoded while it arrives, for a large body decoded at its end would hold up everybody else. */
class ArrivingText {
  bytes: Buffer[] = []
  #decoder: StringDecoder | undefined
  #pieces: string[] | undefined

  push(chunk: Buffer): void {
    const [first] = this.bytes
    if (first === undefined) {
      // Mostly all there is, and held as long as the request lasts: in a list without room for more.
      this.bytes = [chunk]
      return
    }
    this.bytes.push(chunk)
    this.#decoder ??= new StringDecoder('utf8')
    this.#pieces ??= [this.#decoder.write(first)]
    this.#pieces.push(this.#decoder.write(chunk))
  }

  end(): string {
    if (!this.#decoder || !this.#pieces) return this.bytes[0]?.toString('utf8') ?? ''
    this.#pieces.push(this.#decoder.end())
    return this.#pieces.join('')
  }
}
