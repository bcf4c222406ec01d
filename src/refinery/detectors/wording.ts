/** What the words themselves give away: promises, assumptions, figures from nowhere, forms not kept. */

import { parseJson } from '../../base/text.ts'
import type { Step } from '../step.ts'
import { figuresIn, lineWith } from '../text-facts.ts'
import { type Detector, type Spot, saidBefore } from './detector.ts'

const spoken = ({ kind, isAround, said }: Step) => kind === 'model' && !isAround && said !== ''

const promise =
  /\bI(?:'ll| will| shall|'ve| have)\b[^.!?\n]{0,60}\b(remember|keep (?:that|this|it) in mind|note(?:d)?(?: that| this| it)? for|from now on|in (?:the )?future|going forward|follow up|get back to you|notify you|remind you|update (?:my|your) (?:settings|preferences)|exclude[^.!?\n]{0,60}(?:from now on|going forward|in future))/i

export const brokenPromise: Detector = {
  id: 'broken-promise',
  category: 'broken_promise',
  sentence: 'The agent promises to remember or to come back later, and calls no tool that could do it.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (!spoken(step) || !promise.test(step.said) || step.calls.length > 0) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, promise),
          says: `${step.agent} promises something for later, and nothing in the trace can keep it`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Tell ${step.agent} in its instructions what it cannot do (it has no memory between conversations), and what to say instead; or give it a tool that can`,
        },
      ]
    }),
}

const assumption =
  /\b(assum\w+|hypothetical\w*|simulat\w+|placeholder|for (?:the sake of|example purposes)|sample data|mock\w*|let's say|approximat\w+|estimat\w+|(?:don't|do not) have access|cannot access|manually)\b/i

export const unsupportedAssumption: Detector = {
  id: 'unsupported-assumption',
  category: 'unsupported_assumption',
  sentence: 'A step assumes, simulates or estimates what it should have found out.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (!spoken(step) || step.index === 0 || !assumption.test(step.said)) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, assumption),
          says: `${step.agent} works with an assumption where a fact was needed`,
          confidence: 0.35,
          part: 'cause',
          remedy: `Tell ${step.agent} to look facts up, and to say what it could not find`,
        },
      ]
    }),
}

/** So many figures from nowhere count fully. */
const manyFigures = 3

/** 0 to 1: how many figures of a step stand nowhere before it; code may hold what it likes. */
export function newFigureShare(step: Step, before: string): number {
  if (step.kind === 'tool' || step.said.includes('```')) return 0
  const known = new Set(figuresIn(before))
  const fresh = figuresIn(step.said).filter((figure) => !known.has(figure))
  return Math.min(fresh.length, manyFigures) / manyFigures
}

export const unsupportedFigure: Detector = {
  id: 'unsupported-figure',
  category: 'invented_information',
  sentence: 'A step states several figures that no request, tool or earlier step had brought.',
  find: (view) =>
    view.steps.flatMap((step): Spot[] => {
      if (!spoken(step) || step.index === 0) return []
      const before = saidBefore(view, step.index)
      if (newFigureShare(step, before) < 1) return []
      const known = new Set(figuresIn(before))
      const figures = figuresIn(step.said).filter((figure) => !known.has(figure))
      return [
        {
          step: step.index,
          quote: lineWith(step.said, figures[0] ?? ''),
          says: `${step.agent} brings figures that nobody had said before: ${figures.slice(0, 5).join(', ')}`,
          confidence: 0.35,
          part: 'cause',
          remedy: `Have ${step.agent} name the source of every figure`,
        },
      ]
    }),
}

const asksForJson =
  /\b(?:respond|answer|reply|output|return)\b[^.\n]{0,60}\b(?:only|valid|strictly|in)\b[^.\n]{0,30}\bJSON\b|\bJSON only\b/i

export const formatViolation: Detector = {
  id: 'format-violation',
  category: 'format_violation',
  sentence: 'The instructions ask for JSON and the output is not JSON.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (!spoken(step) || !step.isSpoken || step.calls.length > 0) return []
      if (!asksForJson.test(step.instructions)) return []
      const bare = step.said.replace(/^\s*```(?:json)?|```\s*$/g, '')
      if (parseJson(bare) !== undefined) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, /\S/),
          says: `${step.agent} was asked for JSON and wrote something else`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Ask the model of ${step.agent} for structured output instead of asking in words`,
        },
      ]
    }),
}
