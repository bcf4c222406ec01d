/** What is asked ahead of time: questions, about customers where some are named, and whole requests, by priority. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../base/outcome.ts'

const priority = z.int().min(0).max(1_000).default(0).describe('the highest are asked first')

const question = z.union([
  z.string().min(1),
  z.strictObject({ text: z.string().min(1).describe('`{customer}` stands for each customer'), priority }),
])

const customer = z.union([
  z.string().min(1),
  z.strictObject({ name: z.string().min(1).describe('put in the place of `{customer}`'), priority }),
])

export const prewarmSchema = z.strictObject({
  model: z.string().min(1).default('chat').describe('route or model of the questions'),
  system: z.string().optional().describe('system prompt of the questions'),
  temperature: z.number().min(0).max(2).default(0).describe('of the questions'),
  customers: z.array(customer).max(100_000).default([]),
  questions: z.array(question).max(10_000).default([]),
  requests: z
    .array(z.strictObject({ body: z.record(z.string(), z.unknown()), priority }))
    .max(100_000)
    .default([])
    .describe('whole chat requests'),
})

export type PrewarmList = z.infer<typeof prewarmSchema>

/** Requests of one list beyond which it is refused: customers times questions grow fast. */
export const mostRequests = 200_000

/** Chat bodies in the order in which they are asked; a fault names what is wrong. */
export function readPrewarm(value: unknown): Outcome<readonly Readonly<Record<string, unknown>>[], string> {
  const parsed = prewarmSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return failed(`${issue?.path.join('.') || 'the list'}: ${issue?.message ?? 'is not valid'}`)
  }
  const list = parsed.data
  if (list.customers.length * list.questions.length + list.requests.length > mostRequests)
    return failed(`customers and questions make more than ${mostRequests} requests`)
  const asked = [...questionsOf(list), ...list.requests].sort((one, other) => other.priority - one.priority)
  if (asked.length === 0) return failed('the list asks nothing: give questions or requests')
  return done(asked.map(({ body }) => body))
}

interface Asked {
  readonly body: Readonly<Record<string, unknown>>
  readonly priority: number
}

function questionsOf({ model, system, temperature, customers, questions }: PrewarmList): Asked[] {
  const bodyOf = (text: string) => ({
    model,
    temperature,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: text },
    ],
  })
  return questions.flatMap((given): Asked[] => {
    const asked = typeof given === 'string' ? { text: given, priority: 0 } : given
    if (!asked.text.includes('{customer}')) return [{ body: bodyOf(asked.text), priority: asked.priority }]
    return customers.map((one) => {
      const known = typeof one === 'string' ? { name: one, priority: 0 } : one
      const text = asked.text.replaceAll('{customer}', () => known.name)
      return { body: bodyOf(text), priority: asked.priority + known.priority }
    })
  })
}
