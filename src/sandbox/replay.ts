/** Answers that were recorded elsewhere, sent again as they came. */

import { failed, type Outcome } from '../base/outcome.ts'
import { isRecord, parseJson } from '../base/text.ts'
import type { Dialect } from '../protocol/chat.ts'
import type { Rule, SandboxFile } from './rules.ts'

/**
 * The texts to send for a recorded stream, one for each event. Text that has `data:` lines is cut at its blank
 * lines and nothing in it is changed, so a recorded cut stays a cut. One JSON a line is framed as the dialect
 * does: Anthropic's events get their names, OpenAI's end with `[DONE]`.
 */
export function replayEvents(text: string, dialect: Dialect): readonly string[] {
  if (/^(data|event|id|retry)?:/m.test(text)) return text.split(/(?<=\r?\n\r?\n)/)
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const ended = dialect === 'openai' && lines.at(-1) !== '[DONE]' ? [...lines, '[DONE]'] : lines
  return ended.map((line) => `${eventName(line, dialect)}data: ${line}\n\n`)
}

function eventName(line: string, dialect: Dialect): string {
  const body = dialect === 'anthropic' ? parseJson(line) : undefined
  return isRecord(body) && typeof body['type'] === 'string' ? `event: ${body['type']}\n` : ''
}

/** The rules with every `replay.file` read; `read` takes the name as it stands in the rules. */
export function withRecordings(
  file: SandboxFile,
  read: (name: string) => Outcome<string, string>,
): Outcome<SandboxFile, string> {
  const rules: Rule[] = []
  for (const [at, rule] of file.rules.entries()) {
    const { replay } = rule
    if (replay?.file === undefined) {
      rules.push(rule)
      continue
    }
    const text = read(replay.file)
    if (!text.ok) return failed(`rules.${at}.replay.file: ${text.fault}`)
    rules.push({ ...rule, replay: { text: text.value, as: replay.as } })
  }
  return { ok: true, value: { ...file, rules } }
}
