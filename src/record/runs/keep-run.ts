/** What is kept of a run: payloads redacted and cut by the ledger's own rules, with a note of what was cut. */

import { isRecord, truncate } from '../../base/text.ts'
import type { RunMessage, RunUpdate } from '../../protocol/run.ts'
import { createRedactor, type Redact } from '../redact.ts'

export interface KeepRules {
  /** `off` keeps no payload, `redacted` takes personal data and keys out, `full` keeps it as it came. */
  readonly previews: 'off' | 'redacted' | 'full'
  /** The longest text kept, in characters. */
  readonly textCharacters: number
  /** The installation's own patterns of what is to be taken out. */
  readonly redactPatterns?: readonly string[]
}

/** Payloads larger than this, as JSON characters, are kept as their beginning. */
const payloadCharacters = 262_144
const deepest = 50
const [firstMessages, lastMessages] = [50, 450]
/** Streams tell each token; so many events are kept. */
const keptEvents = 100

export function keepRun(update: RunUpdate, rules: KeepRules): RunUpdate {
  const { inputs, outputs, messages, tools, events, error, metadata, ...rest } = update
  const payload = (value: unknown) => (value === undefined ? undefined : cut(keepValue(value, rules, 0)))
  const isOff = rules.previews === 'off'
  const kept = {
    ...rest,
    error: error === undefined ? undefined : keepText(error, rules),
    metadata: metadata && (keepValue(metadata, rules, 0) as RunUpdate['metadata']),
    ...(isOff
      ? {}
      : {
          inputs: payload(inputs),
          outputs: payload(outputs),
          messages: messages && {
            input: keepMessages(messages.input, rules),
            output: keepMessages(messages.output, rules),
          },
          tools: tools && (cut(keepValue(tools, rules, 0)) as RunUpdate['tools']),
          events: events && (keepValue(events.slice(0, keptEvents), rules, 0) as RunUpdate['events']),
        }),
  }
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)) as typeof kept
}

/** Cut, and redacted unless texts are kept in full. */
export function keepText(text: string, { previews, textCharacters, redactPatterns }: KeepRules): string {
  const start = truncate(text, textCharacters)
  return previews === 'full' ? start : redactorOf(redactPatterns ?? noPatterns)(start)
}

const noPatterns: readonly string[] = []
/** One for each list of patterns, which is the same list until the configuration changes. */
const redactors = new WeakMap<readonly string[], Redact>()

function redactorOf(patterns: readonly string[]): Redact {
  const known = redactors.get(patterns) ?? createRedactor(patterns)
  redactors.set(patterns, known)
  return known
}

function keepValue(value: unknown, rules: KeepRules, depth: number): unknown {
  if (typeof value === 'string') return keepText(value, rules)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= deepest) return '…'
  if (Array.isArray(value)) return value.map((one) => keepValue(one, rules, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, keepValue(inner, rules, depth + 1)]),
  )
}

/** A payload beyond the bound is kept as its beginning, and says so. */
function cut(value: unknown): unknown {
  const json = JSON.stringify(value) ?? ''
  if (json.length <= payloadCharacters) return value
  const note = { cut: { characters: json.length, start: truncate(json, 2_000) } }
  return isRecord(value) ? note : [note]
}

function keepMessages(messages: readonly RunMessage[], rules: KeepRules): readonly RunMessage[] {
  const leftOut = messages.length - firstMessages - lastMessages
  const kept =
    leftOut > 0
      ? [
          ...messages.slice(0, firstMessages),
          { role: 'system' as const, name: 'adaptive-mind', text: `[${leftOut} messages are not kept]` },
          ...messages.slice(-lastMessages),
        ]
      : messages
  const letters = kept.reduce((sum, { text }) => sum + Math.min(text.length, rules.textCharacters), 0)
  const tight = letters > payloadCharacters ? { ...rules, textCharacters: 1_000 } : rules
  return kept.map((message) => keepMessage(message, tight))
}

function keepMessage(message: RunMessage, rules: KeepRules): RunMessage {
  const { text, reasoning, toolCalls } = message
  return {
    ...message,
    text: keepText(text, rules),
    ...(reasoning === undefined ? {} : { reasoning: keepText(reasoning, rules) }),
    ...(toolCalls === undefined
      ? {}
      : { toolCalls: toolCalls.map((call) => ({ ...call, arguments: keepText(call.arguments, rules) })) }),
  }
}
