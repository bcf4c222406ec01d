/** A report made fit to be shown: personal data and secrets taken out, and nothing left that a terminal acts on. */

import { isRecord } from '../../base/text.ts'
import { redact } from '../../record/redact.ts'

/** The joiner of emoji is left; bidirectional marks, tags and other signs without a shape are not. */
const unseen = /(?![\n\t\u200d])[\p{Cc}\p{Cf}]/gu

/** What acts without being seen becomes a sign that is seen. */
export const visible = (text: string): string => text.replace(/\r\n?/g, '\n').replace(unseen, '␣')

/** Ids must stay what they are, or they name nothing. */
const isId = (name: string): boolean => /(?:^id|Ids?)$/.test(name)

/** Changes texts only; done twice it changes nothing more. */
export const presentable = <Report extends object>(report: Report): Report => shown(report, '') as Report

function shown(value: unknown, name: string): unknown {
  if (typeof value === 'string') return isId(name) ? visible(value) : redact(visible(value))
  if (Array.isArray(value)) return value.map((one) => shown(one, name))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([inner, held]) => [inner, shown(held, inner)]))
}
