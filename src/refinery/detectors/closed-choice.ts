/** The instructions allow only a fixed list of answers, none of which names what was asked. */

import type { Step } from '../step.ts'
import { contentWords, excerpt, lineWith } from '../text-facts.ts'
import type { Detector, Spot, TraceView } from './detector.ts'

export const closedChoice: Detector = {
  id: 'closed-choice',
  category: 'instruction_gap',
  sentence: 'The instructions allow only a fixed list of answers, none of which names what was asked.',
  find: (view) => view.steps.flatMap((step) => misfit(view, step) ?? []),
}

const bracketed =
  /(?:one of|into|choose|select|classify|options|categories|intents?|labels?)\b[^[\n]{0,80}\[([^[\]]{1,2000})\]/i
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
    quote: sentenceWith(step.instructions, listed[0]),
    says: `${step.agent} may answer only ${options.join(', ')}; none of them covers "${excerpt(step.heard || request, 90)}", so it chose ${chosen}${sure === undefined ? '' : ` with a confidence of ${sure}`}`,
    confidence: sure !== undefined && sure < unsure ? 0.85 : 0.65,
    part: 'cause',
    remedy: `Add a choice for requests like "${excerpt(step.heard || request, 90)}" to the instructions of ${step.agent}, and one for requests that fit nowhere`,
  }
}

/** The line that names the choices where it is short, else the choices. */
function sentenceWith(instructions: string, listed: string): string {
  const line = lineWith(instructions, listed, 400)
  return line.includes(listed) ? line : listed
}

function confidenceIn({ made }: Step): number | undefined {
  const held = made
    .map((record) => record['confidence'] ?? record['score'])
    .find((one) => typeof one === 'number')
  return typeof held === 'number' ? held : undefined
}
