/** Code or a command ended with an error; the step that wrote it is at fault. */

import { excerpt, lineWith } from '../text-facts.ts'
import { callerOf } from '../tool-report.ts'
import type { Detector, Spot } from './detector.ts'

/** Terminals report how a program ended in the first line. */
const failedRun =
  /^\s*(?:(?:output|result|content|stderr): )?(?:(exit ?code|return ?code)\s*[:=]\s*-?[1-9]\d*|Traceback \(most recent call last\))/i

export const failedExecution: Detector = {
  id: 'failed-execution',
  category: 'failed_execution',
  sentence: 'Code or a command ended with an error; the step that wrote it is at fault.',
  isHint: true,
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
