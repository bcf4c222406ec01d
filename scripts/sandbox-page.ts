/** The page of the sandbox, from the schema its rules are read with. */

import { sandboxFileSchema } from '../src/sandbox/rules.ts'
import { fieldRows } from './configuration-page.ts'

/** Run by `test/e2e/sandbox.test.ts`, call by call. */
const example = `keys: [k1, k2, k3]
limits: { requests_per_minute: 60, tokens_per_minute: 10000 }
token_delay_ms: 5
rules:
  # k1 is limited for its first two calls, and says for how long
  - { match: { key: k1 }, times: 2, status: 429, headers: { retry-after: "2" } }
  # an account without credit
  - { match: { key: k2 }, status: 429, code: insufficient_quota, message: "You exceeded your current quota" }
  # one call goes wrong, the next two go right, and so on
  - { match: { model: shaky }, flap: { down: 1, up: 2 }, status: 503 }
  # a stream that ends after three events
  - { match: { model: cut }, after_events: 3, break_with: cut }
  # a slow answer, one that never comes, one whose connection breaks
  - { match: { model: slow }, delay_ms: 300 }
  - { match: { model: silent }, stall: true }
  - { match: { model: broken }, reset: true }
  # a success that refuses
  - { match: { model: prude }, refusal: true }
  # a proxy's page where an answer was due
  - { match: { model: proxy }, status: 502, headers: { content-type: text/html }, body: "<html>Bad gateway</html>" }
  # recordings: a whole answer from a file beside this one, a stream given here
  - { match: { model: recorded }, replay: { file: answer.json, as: json } }
  - match: { model: recorded-stream }
    replay:
      as: sse
      text: |
        {"id":"rec-1","object":"chat.completion.chunk","created":1,"model":"r","choices":[{"index":0,"delta":{"role":"assistant","content":"Recorded"},"finish_reason":null}]}
        {"id":"rec-1","object":"chat.completion.chunk","created":1,"model":"r","choices":[{"index":0,"delta":{"content":" words"},"finish_reason":null}]}
        {"id":"rec-1","object":"chat.completion.chunk","created":1,"model":"r","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
`

export function sandboxPage(): string {
  return `# Sandbox

A simulated provider that speaks the real wire formats, makes up its answers from the request alone, and goes wrong as you order. Every answer carries \`x-simulated: true\`. The fields on this page are generated from the schema the program reads.

\`\`\`sh
npm run --silent cli -- sandbox --rules rules.yaml --port 9200
\`\`\`

It prints one line for each call as it is decided: time (UTC), dialect, streamed or whole, status (\`---\` where none is sent), model, key, and the rule with what it does. \`--json\` prints the same as one JSON object a line, after a first one with the address; \`--quiet\` prints the address alone. A key of more than 20 characters is shown as a hash. Ctrl-C ends it.

\`\`\`
12:00:01.005  openai     stream  429  small  k1  rule 1: fails: simulated error 429
12:00:01.009  openai     stream  200  small  k3  answers
\`\`\`

## What a call meets, in this order

Before all of it, a request that real providers refuse gets their 400: a field they do not know, a call without its answer or an answer without its call, another provider's signature, \`max_tokens\` for a reasoning model of OpenAI, a tool turn without its thinking at Anthropic while a budget to think is set, an unsigned function call at Gemini 3. Such a request counts for no rule.

1. The first rule whose \`match\` fits and that has calls left. Its \`stall\` and \`reset\` stand above all else.
2. \`keys\`: any other key gets 401.
3. \`limits\`, counted for each key over the last 60 s: 429, unless the rule names a \`status\` itself. Limits are told in the provider's own headers: OpenAI's \`x-ratelimit-*\`, \`retry-after\` and \`retry-after-ms\`, Anthropic's \`anthropic-ratelimit-*\` and \`retry-after\`; Gemini has none.
4. What the rule orders: \`body\`, else \`replay\`, else an error with \`status\`, else the made-up answer, refused or broken where it says so.

\`headers\` and \`delay_ms\` go with all of them. A rule with none of these fields answers as usual, so it can shield calls from the rules after it.

## Recordings

\`replay\` sends what a provider once sent. \`as: json\` sends the text byte for byte as a whole answer, with \`status\` where one is given. \`as: sse\` sends events, one after another with \`token_delay_ms\` between them: text with \`data:\` lines goes out unchanged, so a recorded cut stays a cut; one JSON a line is framed as the dialect does, with \`event:\` names for Anthropic and a closing \`[DONE]\` for OpenAI. \`after_events\` and \`break_with\` break a replay like any other answer. The recording is sent whether the caller asked for a stream or not.

## An example

\`\`\`yaml
${example}\`\`\`

## Fields

| field | type | default | meaning |
|---|---|---|---|
${fieldRows(sandboxFileSchema).join('\n')}

## In a program

\`startSandbox\` (\`src/sandbox/sandbox.ts\`) takes the same file as a value and returns the address, the calls so far, and \`setRules(rules)\`, which puts other rules in place from the next call on.
`
}
