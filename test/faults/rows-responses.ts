/** Faults that only a provider of OpenAI's Responses can make: its statuses, its items, and a last event that repeats the whole. */

import { allOf, fails, says, streams } from './bad-ways.ts'
import { incomplete, responsesForm } from './responses-form.ts'
import { again, both, type FaultRow, fine, leave, onward, recovered, told } from './rows.ts'
import type { Way } from './wall.ts'
import { text, tool } from './wire-form.ts'

const dialect = 'responses'
const wholeWith = (change: (body: string) => string): Way =>
  says(200, change(JSON.stringify(responsesForm.whole())))
const failedBody = JSON.stringify({
  ...responsesForm.whole(),
  status: 'failed',
  error: { code: 'server_error', message: 'Oh' },
  output: [],
})
const failedEvent = `event: response.failed\ndata: {"type":"response.failed","response":${failedBody}}\n\n`
/** The right stream with its last event changed. */
const endsWith = (change: (event: string) => string): Way =>
  streams(({ head, words, tail }) => [...head, ...words, ...tail.slice(0, -1), change(tail.at(-1) ?? '')])
/** The tool call's events without some of them. */
const toolWithout = (type: string, at = 0): Way =>
  streams((_, { form }) => {
    const { head, words, tail } = form.toolStream()
    const all = [...head, ...words, ...tail]
    const lost = all.filter((event) => event.startsWith(`event: ${type}\n`))[at]
    return all.filter((event) => event !== lost)
  })
const toolBroken = {
  alone: 'upstream_malformed',
  calls: 1,
  backed: 'upstream_malformed',
  backedCalls: 1,
  tool: true,
} as const

export const responsesRows: readonly FaultRow[] = [
  {
    name: 'F03 no quota (Responses)',
    way: fails({ status: 429, code: 'insufficient_quota' }),
    dialect,
    ...both(leave('upstream_quota')),
  },
  {
    name: 'F08 context length (Responses)',
    way: fails({ status: 400, code: 'context_length_exceeded' }),
    dialect,
    ...both(leave('context_length_exceeded')),
  },
  {
    name: 'F09 content policy (Responses)',
    way: fails({ status: 400, code: 'content_policy_violation', message: 'It was refused.' }),
    dialect,
    ...both(told('content_policy')),
  },
  {
    name: 'F13 text is done, and the response is not',
    way: streams(({ head, words, tail }) => [...head, ...words, ...tail.slice(0, -1)]),
    dialect,
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F23 preamble, then an error event',
    way: streams(({ head }, { form }) => [...head, form.errorEvent(529, 'Overloaded')]),
    dialect,
    stream: again('upstream_overloaded'),
  },
  {
    name: 'F23 preamble, then the response failed',
    way: streams(({ head }) => [...head, failedEvent]),
    dialect,
    stream: again('upstream_error'),
  },
  {
    name: 'F23 the response failed after 40 words',
    way: streams(({ head, words }) => [...head, ...words.slice(0, 40), failedEvent]),
    dialect,
    stream: { ...recovered('upstream_error'), backedCalls: 2 },
  },
  {
    name: 'F25 a terminator without a line end',
    way: streams((form) => [allOf(form).trimEnd()]),
    dialect,
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F25 a terminator, then what chat completions end with',
    way: streams((form) => [allOf(form), 'data: [DONE]\n\n']),
    dialect,
    stream: fine(),
  },
  {
    name: 'F25 a terminator, then an error event',
    way: streams((form, { form: own }) => [allOf(form), own.errorEvent(500, 'Oh')]),
    dialect,
    stream: fine(),
  },
  {
    name: 'F26 no items',
    way: says(200, JSON.stringify({ ...responsesForm.whole(), output: [] })),
    dialect,
    whole: onward('upstream_empty'),
  },
  {
    name: 'F26 nothing said before the output limit',
    way: streams(({ head, tail }) => [
      ...head,
      (tail.at(-1) ?? '')
        .replace(...incomplete('max_output_tokens'))
        .replaceAll(JSON.stringify(text).slice(1, -1), ''),
    ]),
    dialect,
    stream: onward('upstream_empty'),
  },
  {
    name: 'F28 200 with an error in it',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.error(500, 'Network connection lost'))),
    dialect,
    ...both(again('upstream_error')),
  },
  {
    name: 'F28 200, and the response failed',
    way: says(200, failedBody),
    dialect,
    ...both(again('upstream_error')),
  },
  {
    name: 'F28 200, and the response is still in progress',
    way: wholeWith((body) => body.replace('"status":"completed","error"', '"status":"in_progress","error"')),
    dialect,
    whole: onward('upstream_malformed'),
  },
  {
    name: 'F28 incomplete for no known reason',
    way: wholeWith((body) => body.replace(...incomplete('interrupted'))),
    dialect,
    whole: onward('upstream_cut'),
  },
  {
    name: 'F28 incomplete for no known reason',
    way: endsWith((event) =>
      event.replace('response.completed', 'response.incomplete').replace(...incomplete('interrupted')),
    ),
    dialect,
    stream: recovered('upstream_cut'),
  },
  {
    name: 'F32 the last pieces were lost',
    way: streams(({ head, words, tail }) => [...head, ...words.slice(0, 40), ...tail]),
    dialect,
    stream: fine(),
  },
  {
    name: 'F32 no pieces at all: the whole in the last event',
    way: streams(({ head, tail }) => [...head, ...tail]),
    dialect,
    stream: fine(),
  },
  {
    name: 'F33 tool arguments cut off',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.toolWhole()).replace('\\"days\\":3', '\\"days')),
    dialect,
    whole: onward('upstream_malformed'),
  },
  {
    name: 'F33 a piece of the arguments was lost',
    way: toolWithout('response.function_call_arguments.delta', 1),
    dialect,
    stream: toolBroken,
  },
  {
    name: 'F33 a call that was never begun',
    way: toolWithout('response.output_item.added'),
    dialect,
    stream: onward('upstream_malformed'),
  },
  {
    name: 'F33 arguments only in the whole',
    way: streams((_, { form }) => {
      const { head, words, tail } = form.toolStream()
      return [...head, ...words.slice(0, 1), ...tail]
    }),
    dialect,
    stream: { ...fine(), tool: true },
  },
  {
    name: 'F33 tool call cut in its arguments',
    way: streams((_, { form }) => {
      const { head, words } = form.toolStream()
      return [...head, ...words.slice(0, -1)]
    }),
    dialect,
    stream: { alone: 'upstream_cut', calls: 1, backed: 'upstream_cut', backedCalls: 1, tool: true },
  },
  {
    name: 'F33 a call without its name',
    way: ({ whole, form }) => whole(200, JSON.stringify(form.toolWhole()).replace(`"${tool.name}"`, '""')),
    dialect,
    whole: onward('upstream_malformed'),
  },
]
