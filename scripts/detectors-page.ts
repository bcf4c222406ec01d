/** The page of detectors, from the lists the program uses. */

import { categories } from '../src/refinery/categories.ts'
import { detectors } from '../src/refinery/detectors/all.ts'
import { knownLanguages } from '../src/refinery/language.ts'

export function detectorsPage(): string {
  const rules = detectors.map(
    ({ id, category, sentence, isHint }) =>
      `| \`${id}\` | ${categories[category].title} | ${sentence}${isHint ? ' (A hint.)' : ''} |`,
  )
  const rows = Object.entries(categories).map(
    ([name, { title, trail, mast, agentrx, failureType }]) =>
      `| \`${name}\` | ${title} | ${trail} | ${mast} | ${agentrx} | \`${failureType}\` |`,
  )
  return `# What \`analyze\` looks for

\`adaptive-mind analyze TRACE --expected "…"\` reads a trace, runs these rules over its steps, and ranks the steps by how likely it first went wrong there. No model is asked, and nothing leaves the machine. Each finding quotes the step it names; a quote that does not stand there is struck out. \`--off ID,ID\` leaves rules out, \`--suppress ID,ID\` findings that a person found wrong. That no failure was found is a result.

| command | gives |
|---|---|
| \`analyze trace.json --expected "…" --out report.html\` | the report for people; \`.md\`, \`.json\` and \`.yaml\` too |
| \`analyze trace.json --compare good.json\` | the same, beside a trace that went well: where they first part |
| \`analyze trace.json --extract FOLDER\` | the prompts, evaluation cases and model settings of the trace as files |
| \`analyze FOLDER\` | many traces: their findings as issues, with counts, first and last seen, and 95 % intervals (Wilson) of their shares |
| \`list-failures --project P --since 7d\` | which of the gateway's stored traces failed |
| \`analyze --trace-id ID\`, \`analyze --failed --project P --since 7d\` | the same for one stored trace, or for all that failed |

Read are LangSmith's exports, batches and single runs (also one a line), Langfuse's exports, OTLP's JSON with the conventions named in [traces.md](traces.md), plain conversations, spans in plain JSON, and any other JSON as one piece. Files above 8 MB are read piece by piece in a thread of its own, up to 512 MB. A text keeps its first and last part, 65,536 characters in all; once 32 million characters are kept, later texts keep 1,000. The report says what was cut, what was nested too deep, which runs name a parent that is not there, and which are their own ancestors.

Texts of a trace are shown as text: no markup, no links, no control characters; the HTML report loads nothing and runs nothing. What looks like personal data or a secret is taken out.

## The rules

Word lists (promises, assumptions, errors, refusals) are English. Languages told apart: ${knownLanguages.join(', ')}.

| rule | finds | how |
|---|---|---|
${rules.join('\n')}

A finding is a *cause* or a *symptom* of something before it. The ranking weighs causes first, then signs that carry no fault of their own: the first concrete attempt, figures from nowhere, assumptions. Its weights are fitted, and \`npm run bench:detectors\` reports what such weights score on traces they were not fitted to, beside rules that need no detector, with McNemar's test against each, with what carried the decisions, and with the precision and recall of each rule on synthetic traces with planted faults. A rule marked as a hint does not decide where it began. A symptom alone names who spoke last before it.

A new rule is a file in \`src/refinery/detectors\` with its table of cases beside it, a line in \`all.ts\`, and a planted fault in one of the lists \`src/sandbox/traces/plants-in-*.ts\`; a test says what is missing.

## Categories, and what others call them

| category | for people | TRAIL | MAST | AgentRx | failure type |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}
