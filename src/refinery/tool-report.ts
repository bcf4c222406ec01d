/** What a tool reports of its work: that it failed, whose fault it was, and who had called it. */

import { isRecord } from '../base/text.ts'
import type { Step } from './step.ts'
import { excerpt, lineWith } from './text-facts.ts'

/** Words of networks and services that are down. */
export const infrastructure =
  /time(d)?[ -]?out|connection|unreachable|refused|unavailable|reset by peer|network|dns|ECONN|rate limit|quota|\b(429|500|502|503|504)\b/i
const wrongCall =
  /schema|invalid|validation|missing|required?s?\b|unexpected|unknown (argument|field|parameter|tool|function)|type ?error|must be|bad request|\b(400|404|422)\b|not found|no such (tool|function)/i

/** The tool refused what it was given: its caller is at fault. */
export const isWrongCall = (failure: string) => !infrastructure.test(failure) && wrongCall.test(failure)

/** What a tool says went wrong, however it says it. */
export function failureOf(step: Step): string | undefined {
  if (step.kind !== 'tool') return undefined
  if (step.error !== undefined) return step.error
  for (const record of step.made) {
    const error = record['error']
    if (typeof error === 'string' && error !== '') return error
    if (isRecord(error) && typeof error['message'] === 'string') return error['message']
    if (record['ok'] === false || record['success'] === false || record['isError'] === true)
      return excerpt(step.said)
  }
  return undefined
}

/** The words of a failure as they stand in its step. */
export const quoteOfFailure = (step: Step, failure: string) =>
  step.said.includes(failure) ? failure : step.error === failure ? failure : lineWith(step.said, /./)

/** The same call went well before a model spoke again: nobody had to know of the failure. */
export function wasMended(steps: readonly Step[], tool: Step): boolean {
  for (let at = tool.index + 1; at < steps.length; at += 1) {
    const step = steps[at]
    if (step?.kind === 'model' && !step.isAround) return false
    if (
      step?.kind === 'tool' &&
      step.agent === tool.agent &&
      step.heard === tool.heard &&
      failureOf(step) === undefined
    )
      return true
  }
  return false
}

/** The nearest model step before a tool's. */
export function callerOf(steps: readonly Step[], tool: Step): Step {
  return steps.slice(0, tool.index).findLast(({ kind, isAround }) => kind === 'model' && !isAround) ?? tool
}
