/** What was heard of a streamed answer so far: its text, its usage, how it ended, and who spoke which part of it. */

import type { Fault } from '../../protocol/fault.ts'
import type { StreamPart, Usage } from '../../protocol/reply.ts'
import type { Said } from '../policy/recovery-ways.ts'
import type { Chunk } from './engine-port.ts'
import type { Transcript } from './transcript.ts'

/** Characters of the answer that came from one target: from the first up to the last, not counting it. */
export interface Spoke {
  readonly fromCharacter: number
  readonly toCharacter: number
  readonly words: number
}

/** Has identity: what was heard of one stream. A class, for one is made for every stream. */
export class Heard {
  /** Of all choices; the first one's where there is no other. */
  readonly transcript: Transcript
  /** Ms since the request was accepted at which the first content came. */
  readonly startedMs: number
  firstTokenMs: number | undefined
  usage: Usage | undefined
  fault: Fault | undefined
  isOver = false
  /** The last attempt is already booked. */
  isSettled = false
  isEntered = false
  /** Waits until the entry is written. */
  last: Chunk | undefined
  calledTool = false
  manyChoices = false
  finished = false
  isDamaged = false
  /** Characters of the first choice so far. */
  characters = 0
  /** Words and characters of those who speak now. */
  readonly voice = { from: 0, words: 0, isInWord: false }

  constructor(transcript: Transcript, startedMs: number) {
    this.transcript = transcript
    this.startedMs = startedMs
    this.firstTokenMs = startedMs
  }

  said(): Said {
    const { calledTool, manyChoices, finished, isDamaged } = this
    const text = this.transcript.text()
    return { text: text ?? '', isTooLong: text === undefined, calledTool, manyChoices, finished, isDamaged }
  }

  beginVoice(): void {
    Object.assign(this.voice, { from: this.characters, words: 0, isInWord: false })
    this.fault = undefined
    this.isOver = false
    this.usage = undefined
    this.firstTokenMs = undefined
  }

  spoke(): Spoke | undefined {
    const { voice, characters } = this
    if (characters === voice.from) return undefined
    return { fromCharacter: voice.from, toCharacter: characters, words: voice.words }
  }
}

export function hear(heard: Heard, part: StreamPart): void {
  if ('choice' in part && part.choice > 0) heard.manyChoices = true
  switch (part.kind) {
    case 'text':
      heard.transcript.add(part.text)
      if (part.choice === 0) {
        heard.characters += part.text.length
        countWords(heard.voice, part.text)
      }
      break
    case 'tool_call':
      heard.calledTool = true
      break
    case 'finish':
      heard.finished = true
      break
    case 'usage':
      heard.usage = part.usage
      break
    case 'broken':
      heard.fault = part.fault
      heard.isDamaged = part.isDamaged ?? false
      heard.isOver = true
      break
    case 'end':
      heard.isOver = true
      break
    default:
  }
}

/** A word may come in pieces. */
function countWords(voice: Heard['voice'], text: string): void {
  for (let at = 0; at < text.length; at += 1) {
    const isInWord = !isSpace(text.charCodeAt(at))
    if (isInWord && !voice.isInWord) voice.words += 1
    voice.isInWord = isInWord
  }
}

/** As `\s` of a pattern, at a fraction of its cost for the few letters of a token. */
function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  return otherSpaces.has(code)
}

const otherSpaces: ReadonlySet<number> = new Set([
  0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
  0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff,
])
