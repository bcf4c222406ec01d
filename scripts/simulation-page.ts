/** The page of the simulation: what always holds, and which defects are known to be caught. */

import { allDefects, defectivePolicies } from '../test/property/defective/all.ts'
import { allInvariants } from '../test/property/invariants/all.ts'
import { ofPairs } from '../test/property/invariants/of-pairs.ts'

const number = (name: string) => Number(name.slice(1)) + (name.startsWith('I') ? 0 : 1_000)

function invariantRows(): string {
  const says = new Map([...allInvariants, ...ofPairs].map(({ name, says }) => [name, says]))
  return [...says]
    .sort(([one], [other]) => number(one) - number(other))
    .map(([name, sentence]) => `| ${name} | ${sentence} |`)
    .join('\n')
}

const defectRows = (defects: typeof allDefects) =>
  defects.map(({ name, caughtBy, within }) => `| ${name} | ${caughtBy} | ${within} |`).join('\n')

export function simulationPage(): string {
  const parts = allDefects.filter((defect) => !defectivePolicies.includes(defect))
  return `# Simulation

The engine as it is shipped, on a fake clock, with scripted providers and callers that one number draws: keys, models, prices and contexts; limits, refusals, errors, silence, slow, broken and damaged answers, in spells and by turns; callers who leave, read slowly or ask wrongly; reloads of the configuration; a ledger that is slow or away; steps of the wall clock. After the storm every provider is asked again, once it may be, and a day later. The same number gives the same run, byte for byte. This page is generated from \`test/property\`.

\`\`\`sh
npm run simulate -- --seeds 100000            # a line of progress every two seconds; a failed seed is printed with its commit
npm run simulate -- --seed 42 --trace         # one run again: every call, event and ledger entry, one to a line
npm run simulate -- --seed 42 --shrink        # the least of its scene that still breaks the invariant
\`\`\`

\`npm test\` runs 60 seeds and every defect below, \`npm run test:long\` 2,000 further seeds.

## What always holds

Each is a function over what can be seen from outside: what callers were sent, what providers were asked, events, and ledger entries. The engine's own books are never read. Numbers with I are those of the design; those with P are of the simulation.

| invariant | says |
|---|---|
${invariantRows()}

Of the design's list, what needs a real store, a real process or other rooms is tested elsewhere: chains and crashes (I26 to I28), erasure (I30), idempotency (I31), prompts (I32), secrets (I35). Budgets of callers' keys are kept before the engine and are not simulated: I20 holds the cost cap alone. Providers speak OpenAI's dialect here.

## What is known to be caught

A check that cannot fail is none. Each of these defects is put in the place of the right thing, and the test says which invariant has to find it, within how many seeds, and without anything being thrown.

### In the engine's decisions

| defect | caught by | within seeds |
|---|---|---|
${defectRows(defectivePolicies)}

### In what stands around them

| defect | caught by | within seeds |
|---|---|---|
${defectRows(parts)}
`
}
