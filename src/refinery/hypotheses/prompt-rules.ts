/** For each kind of failure the rule that a prompt lacks, and what may come of adding it. */

import type { Category } from '../categories.ts'

export interface PromptRule {
  /** Added to the instructions. */
  readonly rule: string
  /** The same where there is little room, at most 48 characters: the shortest prompt that has a bound may grow by 50. */
  readonly short: string
  readonly why: string
  readonly risks: readonly string[]
  /** What the agent does then. */
  readonly after: string
}

const rule = (
  text: string,
  short: string,
  rest: Pick<PromptRule, 'why' | 'after'> & { readonly risk: string },
): PromptRule => ({ rule: text, short, why: rest.why, risks: [rest.risk], after: rest.after })

export const promptRules: Readonly<Partial<Record<Category, PromptRule>>> = {
  broken_promise: rule(
    'You have no memory between conversations and cannot act later: where you are asked to, say so instead of promising it.',
    'Say that you have no memory; never promise it.',
    {
      why: 'The instructions say nothing of what the agent can keep, so it promises what people like to hear.',
      after:
        'I can do that in this conversation. I have no memory beyond it, so please tell me again next time.',
      risk: 'The agent may speak of its memory where nobody asked',
    },
  ),
  instruction_gap: rule(
    'Where none of the choices above fits the request, do not pick the nearest one: answer "other" and name what was asked in one sentence.',
    'If none fits, answer "other" and say why.',
    {
      why: 'The instructions allow only choices that do not cover the request, so whatever follows is about something else.',
      after: 'other: the user wants something that none of the choices names',
      risk: 'Steps behind this one must know the answer "other"',
    },
  ),
  constraint_lost: rule(
    'Before you plan, list every condition of the request, with its figures. Check that each stands in every query you make.',
    'Put each condition of the request into queries.',
    {
      why: 'A condition of the request was lost on the way into the query, and nothing made the agent look.',
      after: 'Conditions: … All of them stand in the query.',
      risk: 'Answers get longer by the list of conditions',
    },
  ),
  unsupported_assumption: rule(
    'Use only what the request and the tools tell. Where something you need is missing, look it up or ask; never assume it.',
    'Never assume what is missing: ask.',
    {
      why: 'The agent put an assumption where a fact was needed, and went on as if it were one.',
      after: 'I need the exact figure before I go on: where can I find it?',
      risk: 'The agent may ask more often than people like',
    },
  ),
  invented_information: rule(
    'Every figure and name you state must stand in the request or in a result you were given. Say where it is from.',
    'State only what you were given, with its source.',
    {
      why: 'The agent stated something that nothing before it holds.',
      after: 'According to the result of the search: …',
      risk: 'Answers get longer by their sources',
    },
  ),
  result_misread: rule(
    'Quote the part of a result you rely on before you draw a conclusion from it.',
    'Quote a result before you conclude from it.',
    {
      why: 'The conclusion does not follow from the result it was drawn from.',
      after: 'The result says "…", therefore …',
      risk: 'Answers get longer by the quotes',
    },
  ),
  ignored_error: rule(
    'Where a tool fails, say so, try once in another way, and never go on as if it had worked.',
    'Where a tool fails, say so and stop.',
    {
      why: 'A tool had failed, and the steps behind it went on as if it had not.',
      after: 'The search failed, so I cannot tell. Shall I try again?',
      risk: 'The agent may give up where it could have gone on',
    },
  ),
  loop: rule(
    'After three attempts that brought nothing new, stop and say what is missing.',
    'Stop after three attempts without news.',
    {
      why: 'Nothing tells the agent when to stop, so it does the same again.',
      after: 'I tried three times without success. This is what is missing: …',
      risk: 'A fourth attempt might have worked',
    },
  ),
  format_violation: rule(
    'Answer in exactly the form that is asked for and nothing else. Read your answer once more before you give it.',
    'Answer in exactly the form asked for.',
    {
      why: 'The output breaks the form that the instructions ask for.',
      after: 'The answer in the form that was asked for',
      risk: 'None that is known to us beyond slightly longer prompts',
    },
  ),
}
