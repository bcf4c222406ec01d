/** One caller: asks, reads what comes, goes away when the scene says so, and notes what it got. */

import { parseJson } from '../../../src/base/text.ts'
import { openaiInbound } from '../../../src/gateway/adapters/openai/adapter.ts'
import type { Answer, Chunk, Engine } from '../../../src/gateway/engine/engine-port.ts'
import type { FakeClock } from '../../../src/sandbox/fake-clock.ts'
import type { Note } from './history.ts'
import type { RequestScene } from './scene.ts'

/** A note as its maker knows it; the recorder adds the time. */
export type Bare<One> = One extends unknown ? Omit<One, 'atMs'> : never
export type TakeNote = (note: Bare<Note>) => void

export interface CallerParts {
  readonly engine: Engine
  readonly clock: FakeClock
  readonly note: TakeNote
}

/** Returns the caller's signal, so that what still listens to it can be counted. */
export async function runCaller(parts: CallerParts, asked: RequestScene): Promise<AbortSignal> {
  const { engine, clock, note } = parts
  const request = asked.id
  const controller = new AbortController()
  const leave = () => {
    if (controller.signal.aborted) return
    note({ what: 'left', request })
    controller.abort()
  }
  note({ what: 'asked', request })
  const { leaves } = asked
  const stay = leaves && 'afterMs' in leaves ? clock.after(leaves.afterMs, leave) : () => {}
  try {
    const answer = await engine.chat({
      request: chatRequest(asked),
      requestId: request,
      tenant: asked.tenant,
      extension: asked.extension,
      signal: controller.signal,
    })
    await read(parts, asked, { answer, signal: controller.signal, leave })
  } catch (error) {
    note({ what: 'threw', request, error: error instanceof Error ? error.message : String(error) })
  }
  stay()
  return controller.signal
}

function chatRequest({ id, model, models, stream, flaw }: RequestScene) {
  const messages = [{ role: 'user', content: `${id} ${flaw ?? ''}` }]
  const body = { model, stream, messages, ...(models ? { models } : {}) }
  const read = openaiInbound.readRequest(body)
  if (!read.ok) throw new Error(read.fault.message)
  return read.value
}

interface Reading {
  readonly answer: Answer
  readonly signal: AbortSignal
  readonly leave: () => void
}

async function read(parts: CallerParts, asked: RequestScene, reading: Reading): Promise<void> {
  const { answer } = reading
  const request = asked.id
  if (answer.kind === 'fault') {
    const { code, status } = answer.fault
    parts.note({ what: 'answered', request, kind: 'fault', code, status })
    return parts.note({ what: 'told', request, text: '', wireText: '', ended: code })
  }
  parts.note({ what: 'answered', request, kind: answer.kind })
  if (answer.kind === 'stream') return readStream(parts, asked, { ...reading, chunks: answer.chunks })
  const text = answer.reply.choices
    .flatMap(({ content }) => content)
    .map((part) => (part.kind === 'text' ? part.text : ''))
    .join('')
  parts.note({ what: 'first_text', request })
  parts.note({ what: 'told', request, text, ended: 'end', wireText: rawWhole(answer.raw) ?? text })
}

async function readStream(
  { note, clock }: CallerParts,
  asked: RequestScene,
  { chunks, signal, leave }: Reading & { readonly chunks: AsyncIterable<Chunk> },
): Promise<void> {
  const request = asked.id
  let text = ''
  let wireText = ''
  let ended = 'nothing'
  let count = 0
  for await (const chunk of chunks) {
    if (signal.aborted) {
      ended = 'left'
      break
    }
    const fresh = textIn(chunk)
    if (text === '' && fresh !== '') note({ what: 'first_text', request })
    text += fresh
    wireText += chunk.raw === undefined ? fresh : rawStream(chunk.raw)
    for (const part of chunk.parts) {
      if (part.kind === 'end') ended = 'end'
      if (part.kind === 'broken') ended = part.fault.code
    }
    count += 1
    if (asked.leaves && 'afterChunks' in asked.leaves && count === asked.leaves.afterChunks) {
      leave()
      if (ended === 'nothing') ended = 'left'
      break
    }
    if (asked.readForMs > 0) await clock.sleep(asked.readForMs)
  }
  note({ what: 'told', request, text, ended, wireText })
}

const textIn = ({ parts }: Chunk) => parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')

function rawWhole(raw: string | undefined): string | undefined {
  if (raw === undefined) return undefined
  const body = parseJson(raw) as { choices?: { message?: { content?: string } }[] } | undefined
  return body?.choices?.[0]?.message?.content ?? ''
}

function rawStream(raw: string): string {
  return raw
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => {
      const event = parseJson(line.slice(6)) as { choices?: { delta?: { content?: string } }[] } | undefined
      return event?.choices?.[0]?.delta?.content ?? ''
    })
    .join('')
}
