/** The page of faults, from the list the program uses. */

import { faultKinds } from '../src/protocol/fault.ts'

export function faultsPage(): string {
  const rows = Object.entries(faultKinds).map(
    ([code, { class: faultClass, scope, retry, status, means, remedy }]) =>
      `| \`${code}\` | ${faultClass} | ${scope} | ${retry} | ${status} | ${means} | ${remedy} |`,
  )
  return `# Faults

Everything that can go wrong with a request. This page is generated from \`src/protocol/fault.ts\`.

Class and scope say whom a fault speaks about; *retry* is the nearest change that may help; *status* is what the caller gets when nothing is left to try. To callers of OpenAI's dialect a fault is \`{ "error": { "message", "type", "code", "param" } }\`, and where OpenAI has a code of its own for it, that one is used (\`rate_limit_exceeded\`, \`insufficient_quota\`, \`content_filter\`, \`model_not_found\`).

| code | class | scope | retry | status | means | what to do |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}
