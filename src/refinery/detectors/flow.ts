/** How the run went: checks that failed, outputs that are empty or cut, calls without answers, loops. */

import type { Step } from '../step.ts'
import { excerpt, lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'
import { failureOf } from './tool-errors.ts'

const verdicts = ['is_valid', 'valid', 'passed', 'approved', 'is_correct', 'success', 'accepted'] as const
const rejects = /\b(REJECTED|validation failed|does not (?:address|meet|satisfy|answer))/i

export const failedCheck: Detector = {
  id: 'failed-check',
  category: 'failed_check',
  sentence: 'A later step that checks the work found it wanting: the fault lies before it.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (step.kind === 'tool' && failureOf(step) !== undefined) return []
      const said = step.made.some((record) => verdicts.some((name) => record[name] === false))
      if (!said && !rejects.test(step.kind === 'model' || step.kind === 'other' ? step.said : '')) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, /reason|false|REJECTED|does not/i),
          says: `${step.agent} found the result wanting: ${excerpt(step.error ?? lineWith(step.said, /reason|REJECTED/i), 140)}`,
          confidence: 0.7,
          part: 'symptom',
        },
      ]
    }),
}

export const failedRun: Detector = {
  id: 'failed-run',
  category: 'failed_check',
  sentence: 'A step ended with an error.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (step.error === undefined || step.kind === 'tool') return []
      return [
        {
          step: step.index,
          quote: step.error,
          says: `${step.agent} ended with an error: ${excerpt(step.error, 140)}`,
          confidence: 0.6,
          part: 'symptom',
        },
      ]
    }),
}

const overflow =
  /context[ _-]?(?:length|window)|maximum context|too many tokens|prompt is too long|context_length_exceeded/i

export const contextOverflow: Detector = {
  id: 'context-overflow',
  category: 'context_overflow',
  sentence: 'A model refused because its context was too long.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (step.error === undefined || !overflow.test(step.error)) return []
      return [
        {
          step: step.index,
          quote: step.error,
          says: `${step.agent} was given more than its model can read`,
          confidence: 0.9,
          part: 'cause',
          remedy: `Shorten what ${step.agent} is given, or give it a model with a longer context`,
        },
      ]
    }),
}

export const emptyOutput: Detector = {
  id: 'empty-output',
  category: 'empty_output',
  sentence: 'A model said nothing and called nothing, though later steps followed.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const isLast = step.index === steps.length - 1
      const isSilent = step.said.trim() === '' && step.calls.length === 0 && step.error === undefined
      if (step.kind !== 'model' || step.isAround || !isSilent || isLast || step.heard === '') return []
      return [
        {
          step: step.index,
          quote: lineWith(step.heard, /\S/),
          says: `${step.agent} gave no output`,
          confidence: 0.5,
          part: 'cause',
          remedy: `Check the token limit and the stop words of ${step.agent}, and ask again where nothing comes`,
        },
      ]
    }),
}

const cut = /"(?:finish_reason|stop_reason|finishReason)"\s*:\s*"(?:length|max_tokens|MAX_TOKENS)"/

export const truncatedOutput: Detector = {
  id: 'truncated-output',
  category: 'truncated_output',
  sentence: 'A model stopped because its token limit was reached.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const raw = JSON.stringify(step.made)
      if (step.kind !== 'model' || !(cut.test(raw) || cut.test(step.said))) return []
      return [
        {
          step: step.index,
          quote: step.said.slice(-160),
          says: `${step.agent} was cut off in the middle of its answer`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Raise the output limit of ${step.agent}`,
        },
      ]
    }),
}

const oftenEnough = 3

export const repeatedCall: Detector = {
  id: 'repeated-call',
  category: 'loop',
  sentence:
    'The same step with the same words came three times or more: the agent is stuck, and the cause lies before.',
  find({ steps }) {
    const seen = new Map<string, Step[]>()
    for (const step of steps) {
      if (step.isAround || step.kind === 'request') continue
      const words = step.kind === 'tool' ? step.heard : step.said
      if (words.trim().length < 8) continue
      const key = `${step.agent}\n${words}`
      seen.set(key, [...(seen.get(key) ?? []), step])
    }
    return [...seen.values()].flatMap((same): Spot[] => {
      const [, second] = same
      if (!second || same.length < oftenEnough) return []
      return [
        {
          step: second.index,
          quote: lineWith(second.said || second.heard, /\S/),
          says: `${second.agent} did the same ${same.length} times`,
          confidence: 0.6,
          part: 'symptom',
          remedy: `Tell ${second.agent} to change its approach when a step brought nothing, and limit its turns`,
        },
      ]
    })
  },
}

export const unansweredCall: Detector = {
  id: 'unanswered-call',
  category: 'unanswered_call',
  sentence: 'A model called a tool, and the trace holds no answer of it.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const missing = step.calls.find(({ id, name }) => {
        if (id === undefined) return false
        const later = steps.slice(step.index + 1)
        return !later.some(
          ({ heard, agent, said }) => heard.includes(id) || said.includes(id) || agent.includes(name),
        )
      })
      if (!missing || steps.length === 1 || step.index === steps.length - 1) return []
      return [
        {
          step: step.index,
          quote: missing.name,
          says: `${step.agent} called ${missing.name} and never heard back`,
          confidence: 0.4,
          part: 'cause',
          remedy: `Make sure that ${missing.name} is run and that its answer is returned`,
        },
      ]
    }),
}

export const emptyRetrieval: Detector = {
  id: 'empty-retrieval',
  category: 'empty_retrieval',
  sentence: 'A search returned an empty list.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      const isEmpty = step.made.some((record) =>
        Object.values(record).some((held) => Array.isArray(held) && held.length === 0),
      )
      if (step.kind !== 'tool' || !isEmpty || failureOf(step) !== undefined) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, '[]'),
          says: `${step.agent} found nothing`,
          confidence: 0.3,
          part: 'cause',
          remedy: `Tell the agent what to do when ${step.agent} finds nothing: ask, widen the search, or say so`,
        },
      ]
    }),
}
