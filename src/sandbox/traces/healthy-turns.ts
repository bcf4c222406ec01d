/** Turns of an agent that does its work well: it calls a tool and answers from what came back. */

import type { Random } from '../../base/random.ts'
import type { Act, ActMessage } from './act.ts'

export const instructions =
  'You are a portfolio assistant. You answer questions on accounts, holdings and transactions with the tools you are given.'

export interface Turn {
  readonly question: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly result: Readonly<Record<string, unknown>>
  readonly answer: string
}

const accounts = ['ACC-1042', 'ACC-2077', 'ACC-3318', 'ACC-4460']
const funds = ['Alpine Bonds', 'Harbor Equity', 'Meadow Income', 'Northern Growth']
const kinds = ['deposit', 'dividend payment', 'cash sweep redemption', 'management fee']

const pick = (random: Random, list: readonly string[]): string =>
  list[Math.floor(random() * list.length)] ?? ''
/** An amount with cents that are never round. */
export const amount = (random: Random): number => Math.floor(random() * 9_000 + 1_000) + 0.25

export const turnKinds: readonly ((random: Random) => Turn)[] = [
  (random) => {
    const account = pick(random, accounts)
    const balance = amount(random)
    return {
      question: `What is the balance of account ${account}?`,
      tool: 'get_balance',
      args: { account },
      result: { account, balance, currency: 'EUR' },
      answer: `The balance of account ${account} is ${balance} EUR.`,
    }
  },
  (random) => {
    const month = pick(random, ['March', 'April', 'May'])
    const rows = kinds.slice(0, 3).map((kind) => ({ kind, amount: amount(random) }))
    return {
      question: `Show me the transactions of ${month}.`,
      tool: 'list_transactions',
      args: { month },
      result: { transactions: rows },
      answer: `In ${month} there were: ${rows.map((row) => `a ${row.kind} of ${row.amount}`).join(', ')}.`,
    }
  },
  (random) => {
    const fund = pick(random, funds)
    const value = amount(random)
    return {
      question: `How is ${fund} doing?`,
      tool: 'get_holding',
      args: { fund },
      result: { fund, value, trend: 'rising' },
      answer: `${fund} is rising, and stands at ${value}.`,
    }
  },
]

/** Plan, tool, answer. `number` makes the ids of calls unique. */
export function actsOf(turn: Turn, number: number, random: Random): readonly [Act, Act, Act] {
  const call = { id: `call_${number}_${turn.tool}`, name: turn.tool, args: turn.args }
  const asked: readonly ActMessage[] = [
    { role: 'system', text: instructions },
    { role: 'user', text: turn.question },
  ]
  const planned: ActMessage = { role: 'assistant', text: '', calls: [call] }
  const told: ActMessage = { role: 'tool', text: JSON.stringify(turn.result), callId: call.id }
  const lasts = () => Math.floor(400 + random() * 600)
  return [
    {
      name: 'Planner',
      kind: 'llm',
      input: asked,
      output: [planned],
      lastsMs: lasts(),
      tokens: 220,
      tools: [definitionOf(turn)],
    },
    { name: turn.tool, kind: 'tool', input: { ...turn.args }, output: turn.result, lastsMs: lasts() },
    {
      name: 'Answerer',
      kind: 'llm',
      input: [...asked, planned, told],
      output: [{ role: 'assistant', text: turn.answer }],
      lastsMs: lasts(),
      tokens: 310,
    },
  ]
}

function definitionOf({ tool, args }: Turn): unknown {
  const properties = Object.fromEntries(Object.keys(args).map((name) => [name, { type: 'string' }]))
  return {
    type: 'function',
    function: {
      name: tool,
      parameters: { type: 'object', properties, required: Object.keys(args), additionalProperties: false },
    },
  }
}

/** Fills a trace up to a number of acts that no turn divides. */
export const profileAct = (random: Random): Act => ({
  name: 'LoadProfile',
  kind: 'retriever',
  input: { query: 'customer profile' },
  output: { documents: [{ content: 'The customer prefers short answers.' }] },
  lastsMs: Math.floor(300 + random() * 200),
})
