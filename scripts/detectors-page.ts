/** The page of detectors, from the lists the program uses. */

import { categories } from '../src/refinery/categories.ts'
import { detectors } from '../src/refinery/detectors/all.ts'

export function detectorsPage(): string {
  const rules = detectors.map(
    ({ id, category, sentence }) => `| \`${id}\` | ${categories[category].title} | ${sentence} |`,
  )
  const rows = Object.entries(categories).map(
    ([name, { title, trail, mast, agentrx, failureType }]) =>
      `| \`${name}\` | ${title} | ${trail} | ${mast} | ${agentrx} | \`${failureType}\` |`,
  )
  return `# What \`analyze\` looks for

\`adaptive-mind analyze TRACE --expected "…"\` reads a trace (LangSmith, Langfuse, OpenTelemetry, a plain conversation, or any JSON), runs these rules over its steps, and ranks the steps by how likely it first went wrong there. No model is asked. Each finding quotes the step it names; a quote that does not stand there is struck out. \`--off ID,ID\` leaves rules out. Word lists are English.

| rule | finds | how |
|---|---|---|
${rules.join('\n')}

A finding is a *cause* or a *symptom* of something before it. The ranking weighs causes first, then signs that carry no fault of their own: the first concrete attempt, figures from nowhere, assumptions. Its weights are fitted, and \`npm run bench:detectors\` reports what such weights score on traces they were not fitted to, beside rules that need no detector.

## Categories, and what others call them

| category | for people | TRAIL | MAST | AgentRx | failure type |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}
