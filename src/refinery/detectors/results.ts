/** Answers held against the tool results they rest on: contradicted, or made up. */

import { isRecord } from '../../base/text.ts'
import type { Loose } from '../../record/import/loose.ts'
import type { Step } from '../step.ts'
import { figuresIn, lineWith, plainFigure } from '../text-facts.ts'
import { type Detector, type Spot, saidBefore, type TraceView } from './detector.ts'

interface Answer {
  readonly step: Step
  /** The last tool result before it. */
  readonly result: Step
  /** The records of the list in that result. */
  readonly items: readonly Loose[]
}

/** Each first model step after a tool's structured result: there a result turns into words. */
function answers({ steps }: TraceView): readonly Answer[] {
  return steps.flatMap((result): Answer[] => {
    if (result.kind !== 'tool' || result.made.length === 0) return []
    const step = steps.slice(result.index + 1).find(({ isAround }) => !isAround)
    if (step?.kind !== 'model' || step.said === '') return []
    return [{ step, result, items: result.made.flatMap(listIn) }]
  })
}

function listIn(record: Loose): readonly Loose[] {
  return Object.values(record).flatMap((held) => (Array.isArray(held) ? held.filter(isRecord) : []))
}

const least = /\b(cheapest|lowest|least|smallest|fewest|minimum|shortest|earliest)\b/i
const most = /\b(most expensive|highest|greatest|largest|biggest|maximum|longest|latest)\b/i
const denies =
  /\b(no|none|not any|nothing|zero)\b[^.]{0,60}\b(match|found|exist|available|items?|results?|options?)|\b(did not|could not|couldn't) find any/i
const saysNo = /(?:^|\n|: *)\W{0,3}no\b[,.!]/i

/** Why the result speaks against the answer, if it does. */
function contradiction({ step, items, result }: Answer, request: string): string | undefined {
  if (items.length > 0 && denies.test(step.said))
    return `the result lists ${items.length}, and the answer says there are none`
  if (saysNo.test(step.said)) {
    const asked = [...request.matchAll(/=\s*["']?([\w.%+-]+)/g)].map(([, value]) => value ?? '')
    const value = asked.find((one) => one !== '' && new RegExp(`"${escaped(one)}"`, 'i').test(result.said))
    if (value) return `the result holds the value that was asked about, "${value}", and the answer denies it`
  }
  const extreme = least.test(request) ? Math.min : most.test(request) ? Math.max : undefined
  return extreme && wrongExtreme(items, step.said, extreme)
}

function wrongExtreme(items: readonly Loose[], said: string, extreme: (...of: number[]) => number) {
  const figures = new Set(figuresIn(said).map(Number))
  for (const field of numericFields(items)) {
    const values = items.map((item) => Number(item[field]))
    const named = values.filter((value) => figures.has(value))
    const right = extreme(...values)
    if (named.length > 0 && !named.includes(right))
      return `by ${field} the right one has ${right}, and the answer names ${named[0]}`
  }
  return undefined
}

/** Fields that hold a fraction or a count in every item; ids written in digits are texts. */
function numericFields(items: readonly Loose[]): readonly string[] {
  const [first] = items
  if (!first || items.length < 2) return []
  return Object.keys(first).filter((field) => items.every((item) => typeof item[field] === 'number'))
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Figures of the answer that nobody had said before. */
function inventedIn(view: TraceView, step: Step): readonly string[] {
  const known = new Set(figuresIn(saidBefore(view, step.index)))
  return figuresIn(step.said).filter((figure) => !known.has(plainFigure(figure)))
}

export const contradictedResult: Detector = {
  id: 'contradicted-result',
  category: 'result_misread',
  sentence:
    'The answer says the opposite of the tool result it rests on, or names the wrong one of its rows.',
  find: (view) =>
    answers(view).flatMap((answer): Spot[] => {
      const why = contradiction(answer, view.request)
      if (why === undefined || inventedIn(view, answer.step).length > 0) return []
      return [
        {
          step: answer.step.index,
          quote: lineWith(answer.step.said, /\S/),
          says: `${answer.step.agent} misread what ${answer.result.agent} returned: ${why}`,
          confidence: 0.85,
          part: 'cause',
          remedy: `Have ${answer.step.agent} quote the row of the result it relies on, or compute the choice in code`,
        },
      ]
    }),
}

export const inventedFact: Detector = {
  id: 'invented-fact',
  category: 'invented_information',
  sentence: 'The answer to a structured tool result holds figures or ids that stand nowhere before it.',
  find: (view) =>
    answers(view).flatMap(({ step, result }): Spot[] => {
      const [figure] = inventedIn(view, step)
      if (figure === undefined || step.calls.length > 0 || step.said.includes('```')) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, figure),
          says: `${step.agent} names ${figure}, which neither ${result.agent} nor anybody before it had said`,
          confidence: 0.8,
          part: 'cause',
          remedy: `Tell ${step.agent} to answer from the tool's result alone, and check figures of the answer against it`,
        },
      ]
    }),
}
