/** The request held against what was planned: conditions that were dropped, and choices that do not fit. */

import type { Loose } from '../../record/import/loose.ts'
import type { Step } from '../step.ts'
import { contentWords, excerpt, figuresIn, lineWith, stem } from '../text-facts.ts'
import type { Detector, Spot, TraceView } from './detector.ts'

export const lostConstraint: Detector = {
  id: 'lost-constraint',
  category: 'constraint_lost',
  sentence:
    'A condition of the request is missing from the query that was planned for it, or turned off in it.',
  find: ({ steps, request }) => {
    for (const step of steps) {
      if (step.kind !== 'model' || step.isAround) continue
      for (const query of queriesOf(step, steps)) {
        const lost = lostIn(query, request)
        if (lost === undefined) continue
        return [
          {
            step: step.index,
            quote: lineWith(step.said, /[{"]/),
            says: `${step.agent} planned a query in which ${lost}`,
            confidence: 0.85,
            part: 'cause' as const,
            remedy: `Have ${step.agent} list the conditions of the request before it plans, and check that each is in the query`,
          },
        ]
      }
    }
    return []
  },
}

/** Records the step made that a tool was later given whole or in part. */
function queriesOf(step: Step, steps: readonly Step[]): readonly Loose[] {
  const later = steps.slice(step.index + 1).filter(({ kind }) => kind === 'tool')
  const fields = new Set(later.flatMap(({ given }) => given.flatMap((record) => Object.keys(record))))
  return step.made.filter((record) => {
    const names = Object.keys(record)
    return names.length >= 2 && names.filter((name) => fields.has(name)).length >= 2
  })
}

const comparison =
  /\b(more|less|over|under|above|below|at least|at most|before|after|than|between|exceed\w*|up to)\b/i

function lostIn(query: Loose, request: string): string | undefined {
  const words = new Set(contentWords(request))
  for (const [name, held] of Object.entries(query)) {
    const about = name.split(/[^a-z]+/i).map((part) => stem(part.toLowerCase()))
    const word = about.find((part) => words.has(part))
    if (held === false && word !== undefined) return `"${name}" is off, though the request asks for it`
  }
  if (!comparison.test(request)) return undefined
  const held = new Set(figuresIn(JSON.stringify(query)).map(Number))
  const figure = figuresIn(request).find((one) => !held.has(Number(one)))
  return figure && `${figure} does not appear, though the request sets it as a bound`
}

export const closedChoice: Detector = {
  id: 'closed-choice',
  category: 'instruction_gap',
  sentence: 'The instructions allow only a fixed list of answers, none of which names what was asked.',
  find: (view) => view.steps.flatMap((step) => misfit(view, step) ?? []),
}

const bracketed =
  /(?:one of|into|choose|select|classify|options|categories|intents?|labels?)\b[^[\n]{0,80}\[([^\]]+)\]/i
const spelled =
  /\b(?:one of|either)(?: the following)?:?\s+((?:["'`]?[\w-]+["'`]?,\s*)+(?:or\s+)?["'`]?[\w-]+["'`]?)/i
/** A model that says how sure it is rarely picks a fitting choice below this. */
const unsure = 0.75

function misfit({ request }: TraceView, step: Step): Spot | undefined {
  const listed = bracketed.exec(step.instructions) ?? spelled.exec(step.instructions)
  if (!listed || step.kind !== 'model') return undefined
  const options = (listed[1] ?? '')
    .split(/,|\bor\b/)
    .map((one) => one.replace(/["'`]/g, '').trim())
    .filter(Boolean)
  const chosen = options.find((option) => step.said.includes(option))
  if (options.length < 2 || chosen === undefined) return undefined
  const asked = contentWords(step.heard || request)
  const offered = new Set(options.flatMap((option) => contentWords(option.replaceAll('_', ' '))))
  if (asked.length === 0 || asked.some((word) => offered.has(word))) return undefined
  const sure = confidenceIn(step)
  return {
    step: step.index,
    quote: listed[0],
    says: `${step.agent} may answer only ${options.join(', ')}; none of them covers "${excerpt(step.heard || request, 90)}", so it chose ${chosen}${sure === undefined ? '' : ` with a confidence of ${sure}`}`,
    confidence: sure !== undefined && sure < unsure ? 0.85 : 0.65,
    part: 'cause',
    remedy: `Add a choice for requests like "${excerpt(step.heard || request, 90)}" to the instructions of ${step.agent}, and one for requests that fit nowhere`,
  }
}

function confidenceIn({ made }: Step): number | undefined {
  const held = made
    .map((record) => record['confidence'] ?? record['score'])
    .find((one) => typeof one === 'number')
  return typeof held === 'number' ? held : undefined
}
