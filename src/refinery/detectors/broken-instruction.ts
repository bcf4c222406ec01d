/** The instructions set a length, a forbidden word or a fixed beginning or end, and the output breaks it. */

import { isSpokenByModel, type Step } from '../step.ts'
import { lineWith } from '../text-facts.ts'
import type { Detector, Spot } from './detector.ts'

const length =
  /\b(?:at most|no more than|not more than|maximum(?: of)?|max\.?|up to|under|fewer than|less than|within)\s+(\d{1,5})\s+(words|sentences|characters)\b/i
const quoted = `["“'‘]([^"”'’\\n]{2,60})["”'’]`
const forbidden = new RegExp(
  `\\b(?:never|do not|don't|must not)\\s+(?:use|say|mention|write|include)\\s+(?:the (?:word|phrase|name)s?\\s+)?${quoted}`,
  'i',
)
const fixedEnd = new RegExp(
  `\\b(?:always|must)\\s+(begin|start|end|finish|close)(?:\\s+\\w+){0,3}?\\s+with\\s+(?:the (?:word|phrase|line)s?\\s+)?${quoted}`,
  'i',
)
/** A count of words or sentences is a matter of taste by so much. */
const tolerance = 1.1

const counters: Readonly<Record<string, (text: string) => number>> = {
  words: (text) => text.split(/\s+/).filter(Boolean).length,
  sentences: (text) => text.split(/[.!?]+(?:\s|$)/).filter((part) => /\p{L}/u.test(part)).length,
  characters: (text) => text.trim().length,
}

interface Break {
  readonly rule: string
  readonly says: string
  readonly at: string | RegExp
}

function breakOf({ instructions, said }: Step): Break | undefined {
  const limit = length.exec(instructions)
  const count = limit ? (counters[limit[2]?.toLowerCase() ?? '']?.(said) ?? 0) : 0
  if (limit && count > Number(limit[1]) * tolerance)
    return { rule: limit[0], says: `it has ${count} ${limit[2]}`, at: /\S/ }
  const word = forbidden.exec(instructions)
  if (word?.[1] && said.toLowerCase().includes(word[1].toLowerCase()))
    return { rule: word[0], says: `it says "${word[1]}"`, at: new RegExp(escaped(word[1]), 'i') }
  const edge = fixedEnd.exec(instructions)
  if (!edge?.[2]) return undefined
  const isStart = /begin|start/i.test(edge[1] ?? '')
  const holds = isStart ? said.trim().startsWith(edge[2]) : said.trim().endsWith(edge[2])
  return holds ? undefined : { rule: edge[0], says: `it does not ${edge[1]} so`, at: /\S/ }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

export const brokenInstruction: Detector = {
  id: 'broken-instruction',
  category: 'instruction_broken',
  sentence:
    'The instructions set a length, a forbidden word or a fixed beginning or end, and the output breaks it.',
  find: ({ steps }) =>
    steps.flatMap((step): Spot[] => {
      if (!isSpokenByModel(step) || !step.isSpoken || step.calls.length > 0) return []
      const broken = breakOf(step)
      if (!broken) return []
      return [
        {
          step: step.index,
          quote: lineWith(step.said, broken.at),
          says: `${step.agent} was told "${broken.rule}", and ${broken.says}`,
          confidence: 0.75,
          part: 'cause',
          remedy: `Check the answer of ${step.agent} for "${broken.rule}" in code, and ask again where it fails`,
        },
      ]
    }),
}
