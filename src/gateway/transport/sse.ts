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

interface Lines {
  /** Events that these characters end. */
  take(text: string, isLast: boolean): SseEvent[]
  /** The event that no empty line has ended. */
  rest(): SseEvent[]
  /** Characters of the event that is not ended yet. */
  waiting(): number
  /** The last character was a CR, which may be half of CRLF. */
  isHalfEnded(): boolean
}

function openLines(): Lines {
  let pending = ''
  let searched = 0
  let open: OpenEvent = { raw: '', data: [], event: undefined }
  return {
    take(text, isLast) {
      pending += text
      if (isLast) searched = 0
      const events: SseEvent[] = []
      const endOf = pending.includes('\r', searched) ? lineEnd : lineFeed
      let from = 0
      for (;;) {
        const end = endOf(pending, Math.max(from, searched), isLast)
        if (end === undefined) break
        const event = readLine(open, pending.slice(from, end.textEnd), pending.slice(from, end.next))
        if (event) {
          events.push(event)
          open = { raw: '', data: [], event: undefined }
        }
        from = end.next
        searched = from
      }
      pending = from === 0 ? pending : pending.slice(from)
      searched = pending.endsWith('\r') ? pending.length - 1 : pending.length
      return events
    },
    rest: () => (open.data.length > 0 ? [close(open)] : []),
    waiting: () => open.raw.length + pending.length,
    isHalfEnded: () => pending.endsWith('\r'),
  }
}

export function createSseReader(): SseReader {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })
  /** Text without a line end: joined only when one comes, so that a long line costs no more than its length. */
  let unended: string[] = []
  let unendedLength = 0
  let flaw: string | undefined
  const lines = openLines()

  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch {
      flaw = 'the stream is not UTF-8'
      return bytes ? soundStart(bytes) : ''
    }
  }
  const take = (text: string, isLast: boolean): SseEvent[] => {
    const events = lines.take(unended.join('') + text, isLast)
    unended = []
    unendedLength = 0
    return events
  }

  return {
    push(bytes) {
      if (flaw !== undefined) return []
      const text = decode(bytes)
      const waiting = lines.waiting() + unendedLength
      if (waiting === 0 && isOneEvent(text)) return [{ data: text.slice(6, -2), raw: text }]
      if (waiting + text.length > eventLimit && waiting > 0) {
        flaw = `an event is larger than ${eventLimit}`
        return []
      }
      if (text.includes('\n') || text.includes('\r') || lines.isHalfEnded()) return take(text, false)
      unended.push(text)
      unendedLength += text.length
      return []
    },
    end() {
      if (flaw !== undefined) return []
      const rest = decode()
      if (flaw !== undefined) return []
      return [...take(rest, true), ...lines.rest()]
    },
    flaw: () => flaw,
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
