/** Problems of a configuration as text for a terminal, in the form that editors turn into links. */

import { type ConfigProblem, problemText } from './problem.ts'

/** A line each: `adaptive-mind.yaml:12:5 timeouts.total_ms: must be at least 1 (got -5). Remedy.` */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems
    .map((problem) => {
      const place = [problem.file, problem.line, problem.column]
        .filter((part) => part !== undefined)
        .join(':')
      return problemText({ ...problem, file: place, line: undefined })
    })
    .join('\n')
}
