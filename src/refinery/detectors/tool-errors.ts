/** Tools that failed: by their own fault, or because they were called wrongly. */

import { isRecord } from '../../base/text.ts'
import type { Step } from '../step.ts'
import { excerpt, lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

const infrastructure =
  /time(d)?[ -]?out|connection|unreachable|refused|unavailable|reset by peer|network|dns|ECONN|rate limit|quota|\b(429|500|502|503|504)\b/i
const wrongCall =
  /schema|invalid|validation|missing|required?s?\b|unexpected|unknown (argument|field|parameter|tool|function)|type ?error|must be|bad request|\b(400|404|422)\b|not found|no such (tool|function)/i

const isWrongCall = (failure: string) => !infrastructure.test(failure) && wrongCall.test(failure)

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

const quoteOf = (step: Step, failure: string) =>
  step.said.includes(failure) ? failure : step.error === failure ? failure : lineWith(step.said, /./)

export const toolFailure: Detector = {
  id: 'tool-failure',
  category: 'tool_failure',
  sentence: 'A tool or service failed, and not because of the arguments it was given.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const failure = failureOf(step)
      if (failure === undefined || isWrongCall(failure)) return []
      return [
        {
          step: step.index,
          quote: quoteOf(step, failure),
          says: `${step.agent} could not do its work: ${excerpt(failure, 120)}`,
          confidence: infrastructure.test(failure) ? 0.9 : 0.7,
          part: 'cause',
          remedy: `Give ${step.agent} a time limit, a retry and a fallback, and tell the agent what to answer when it is down`,
        },
      ]
    }),
}

export const invalidInvocation: Detector = {
  id: 'invalid-invocation',
  category: 'invalid_invocation',
  sentence: 'A tool refused its arguments; the step that chose them is at fault.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const failure = failureOf(step)
      if (failure === undefined || !isWrongCall(failure)) return []
      const caller = callerOf(steps, step)
      return [
        {
          step: caller.index,
          quote: lineWith(caller.said || caller.heard, /[{(]/),
          says: `${caller.agent} called ${step.agent} with arguments it does not take: ${excerpt(failure, 120)}`,
          confidence: 0.85,
          part: 'cause',
          remedy: `State the arguments of ${step.agent} in the instructions of ${caller.agent}, and check them before the call`,
        },
      ]
    }),
}

/** The nearest model step before a tool's. */
export function callerOf(steps: readonly Step[], tool: Step): Step {
  return steps.slice(0, tool.index).findLast(({ kind, isAround }) => kind === 'model' && !isAround) ?? tool
}

/** Terminals report how a program ended in the first line. */
const failedRun = /^\s*(exit ?code|return ?code)\s*[:=]\s*-?[1-9]\d*|^\s*Traceback \(most recent call last\)/i

export const failedExecution: Detector = {
  id: 'failed-execution',
  category: 'failed_execution',
  sentence: 'Code or a command ended with an error; the step that wrote it is at fault.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (step.kind !== 'tool' || !failedRun.test(step.said)) return []
      const author = callerOf(steps, step)
      return [
        {
          step: author.index,
          quote: lineWith(author.said, '```'),
          says: `What ${author.agent} wrote did not run: ${excerpt(lineWith(step.said, /\w*(Error|Exception)\b/), 120)}`,
          confidence: 0.3,
          part: 'cause',
          remedy: `Let ${author.agent} test what it writes on a small case first`,
        },
      ]
    }),
}

const admits =
  /fail|error|could not|couldn't|cannot|can't|unable|not available|unavailable|sorry|unfortunately|try again/i

export const ignoredError: Detector = {
  id: 'ignored-error',
  category: 'ignored_error',
  sentence: 'A tool failed and the next step went on as if it had not.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (failureOf(step) === undefined) return []
      const next = steps.slice(step.index + 1).find(({ kind, isAround }) => kind === 'model' && !isAround)
      if (!next || next.said === '' || admits.test(next.said) || next.calls.length > 0) return []
      return [
        {
          step: next.index,
          quote: lineWith(next.said, /\S/),
          says: `${step.agent} had failed, and ${next.agent} does not say so`,
          confidence: 0.6,
          part: 'symptom',
          remedy: `Tell ${next.agent} to say when a tool has failed, and what it does instead`,
        },
      ]
    }),
}
