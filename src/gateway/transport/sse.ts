/** Splits a byte stream into server-sent events, wherever the bytes were cut, and keeps each event's text as it came. */

import type { SseEvent } from '../../protocol/adapter.ts'

export interface SseReader {
  /** Events completed by these bytes. An event of comments alone has empty `data`. */
  push(bytes: Uint8Array): SseEvent[]
  /** Call once when the bytes end: an event whose last line is whole but lacks its blank line still counts. */
  end(): SseEvent[]
  /** Why nothing more can be read: not UTF-8, or an event larger than `eventLimit`. */
  flaw(): string | undefined
}

/** Characters of one event; an inline picture is the largest that is known. */
const eventLimit = 16 * 1_048_576

interface OpenEvent {
  raw: string
  data: string[]
  event: string | undefined
}

const newEvent = (): OpenEvent => ({ raw: '', data: [], event: undefined })

/** Has identity: the lines of one stream, put together to events. */
class Lines {
  #pending = ''
  #searched = 0
  #open = newEvent()

  /** Events that these characters end. */
  take(text: string, isLast: boolean): SseEvent[] {
    const pending = this.#pending + text
    let searched = isLast ? 0 : this.#searched
    const events: SseEvent[] = []
    const endOf = pending.includes('\r', searched) ? lineEnd : lineFeed
    let from = 0
    for (;;) {
      const end = endOf(pending, Math.max(from, searched), isLast)
      if (end === undefined) break
      const event = readLine(this.#open, pending.slice(from, end.textEnd), pending.slice(from, end.next))
      if (event) {
        events.push(event)
        this.#open = newEvent()
      }
      from = end.next
      searched = from
    }
    this.#pending = from === 0 ? pending : pending.slice(from)
    this.#searched = this.isHalfEnded() ? this.#pending.length - 1 : this.#pending.length
    return events
  }

  /** The event that no empty line has ended. */
  rest(): SseEvent[] {
    return this.#open.data.length > 0 ? [close(this.#open)] : []
  }

  /** Characters of the event that is not ended yet. */
  waiting(): number {
    return this.#open.raw.length + this.#pending.length
  }

  /** The last character was a CR, which may be half of CRLF. */
  isHalfEnded(): boolean {
    return this.#pending.endsWith('\r')
  }
}

const newDecoder = () => new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Most pieces end with a line: one decoder that keeps nothing between them reads those of all streams, in less than half the time. */
const ofWholePieces = newDecoder()

/** No character that takes several bytes goes on behind one of ASCII. */
const endsWhole = (bytes: Uint8Array) => (bytes.at(-1) ?? 0) < 0x80

export const createSseReader = (): SseReader => new Reader()

/** Has identity: reads one stream. A class, for one is made for every stream. */
class Reader implements SseReader {
  /** From the first piece on that ends within a character. */
  #decoder: ReturnType<typeof newDecoder> | undefined
  /** From the first piece on that is not one event of one line. */
  #lines: Lines | undefined
  /** Text without a line end: joined only when one comes, so that a long line costs no more than its length. */
  #unended: string[] = []
  #unendedLength = 0
  #flaw: string | undefined

  push(bytes: Uint8Array): SseEvent[] {
    if (this.#flaw !== undefined) return []
    const text = this.#decode(bytes)
    const waiting = (this.#lines?.waiting() ?? 0) + this.#unendedLength
    if (waiting === 0 && isOneEvent(text)) return [{ data: text.slice(6, -2), raw: text }]
    if (waiting + text.length > eventLimit && waiting > 0) {
      this.#flaw = `an event is larger than ${eventLimit}`
      return []
    }
    if (text.includes('\n') || text.includes('\r') || this.#lines?.isHalfEnded())
      return this.#take(text, false)
    this.#unended.push(text)
    this.#unendedLength += text.length
    return []
  }

  end(): SseEvent[] {
    if (this.#flaw !== undefined) return []
    const rest = this.#decode()
    if (this.#flaw !== undefined) return []
    return [...this.#take(rest, true), ...(this.#lines?.rest() ?? [])]
  }

  flaw(): string | undefined {
    return this.#flaw
  }

  #decode(bytes?: Uint8Array): string {
    try {
      if (bytes === undefined) return this.#decoder?.decode() ?? ''
      if (this.#decoder === undefined && endsWhole(bytes)) return ofWholePieces.decode(bytes)
      this.#decoder ??= newDecoder()
      return this.#decoder.decode(bytes, { stream: true })
    } catch {
      this.#flaw = 'the stream is not UTF-8'
      return bytes ? soundStart(bytes) : ''
    }
  }

  #take(text: string, isLast: boolean): SseEvent[] {
    this.#lines ??= new Lines()
    const events = this.#lines.take(this.#unended.join('') + text, isLast)
    if (this.#unended.length > 0) this.#unended = []
    this.#unendedLength = 0
    return events
  }
}

/** Most pieces hold one event of one line, and nothing waits for them. */
function isOneEvent(text: string): boolean {
  const end = text.indexOf('\n')
  return end === text.length - 2 && text.endsWith('\n') && text.startsWith('data: ') && !text.includes('\r')
}

/** What stands before the first place that is not UTF-8: it was said, and its events are whole. */
function soundStart(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const flawAt = text.indexOf('\ufffd')
  return flawAt < 0 ? '' : text.slice(0, flawAt)
}

interface LineEnd {
  readonly textEnd: number
  readonly next: number
}

/** Where no CR stands, the search for the end of a line is the string's own. */
function lineFeed(text: string, from: number): LineEnd | undefined {
  const at = text.indexOf('\n', from)
  return at < 0 ? undefined : { textEnd: at, next: at + 1 }
}

function lineEnd(text: string, from: number, isLast: boolean): LineEnd | undefined {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 10) return { textEnd: at, next: at + 1 }
    if (code !== 13) continue
    if (at + 1 < text.length) return { textEnd: at, next: text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1 }
    return isLast ? { textEnd: at, next: at + 1 } : undefined
  }
  return undefined
}

function readLine(open: OpenEvent, line: string, raw: string): SseEvent | undefined {
  open.raw += raw
  const text = line.charCodeAt(0) === 0xfeff ? line.slice(1) : line
  if (text === '') return close(open)
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  const value = colon < 0 ? '' : text.slice(text.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1)
  if (name === 'data') open.data.push(value)
  else if (name === 'event') open.event = value
  return undefined
}

function close(open: OpenEvent): SseEvent {
  const data = open.data.length === 1 ? (open.data[0] ?? '') : open.data.join('\n')
  return open.event === undefined ? { data, raw: open.raw } : { event: open.event, data, raw: open.raw }
}
