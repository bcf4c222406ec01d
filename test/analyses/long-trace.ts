/** A trace of any length with a known answer: a user sets a rule "from now on", and the agent promises what it cannot keep. */

import { seededRandom } from '../../src/base/random.ts'
import { type AnalysedTrace, readTrace } from '../../src/refinery/import/read-trace.ts'

const promise = "Understood. I'll exclude cash sweep redemption from now on, in every list I give you."
const instructions =
  'You are a portfolio assistant. Answer questions on holdings and transactions from the tables you are given. Be brief, name amounts with their currency, and never give advice on purchases.'

export interface LongTraceOptions {
  readonly runs: number
  /** Words of each answer and each table, so that a trace has the size of a real one. */
  readonly words?: number
  readonly seed?: number
  readonly id?: string
}

const vocabulary =
  'account balance bond cash coupon currency custody deposit dividend equity exchange fee fund holding index interest ledger market maturity order payment portfolio position price purchase quarter rate redemption report sale security settlement share statement sweep table trade transfer value yield'.split(
    ' ',
  )

/** Where the promise is made: the run that the analysis is to name. */
export const originOf = ({ runs }: LongTraceOptions): string =>
  `run-${String(Math.min(3, runs - 1)).padStart(3, '0')}`

/** In the shape of a LangSmith export; messages in the forms that libraries write. */
export function longTraceText(options: LongTraceOptions): string {
  const { runs, words = 1_500, seed = 1, id = 'trace' } = options
  const random = seededRandom(seed)
  const prose = (count: number) =>
    Array.from({ length: count }, () => vocabulary[Math.floor(random() * vocabulary.length)]).join(' ')
  const traceId = `${id}-${runs}`
  const startMs = 1_760_000_000_000
  const list = Array.from({ length: runs }, (_, at) => {
    const runId = `run-${String(at).padStart(3, '0')}`
    const isOrigin = runId === originOf(options)
    const around = {
      id: runId,
      trace_id: traceId,
      parent_run_id: at === 0 ? null : 'run-000',
      dotted_order: at === 0 ? '1' : `1.${at}`,
      start_time: new Date(startMs + at * 1_000).toISOString(),
      end_time: new Date(startMs + at * 1_000 + 900).toISOString(),
      error: null,
    }
    if (at === 0)
      return {
        ...around,
        name: 'PortfolioChat',
        run_type: 'chain',
        inputs: { question: 'Please exclude cash sweep redemption from now on.' },
        outputs: { answer: 'The list of this month again holds a cash sweep redemption of 1,200 USD.' },
      }
    if (at % 5 === 4)
      return {
        ...around,
        name: 'QueryTransactions',
        run_type: 'tool',
        inputs: { account: `account-${at}`, quarter: prose(3) },
        outputs: { rows: prose(words) },
      }
    const question = isOrigin ? 'Please exclude cash sweep redemption from now on.' : `What of ${prose(6)}?`
    const answer = isOrigin ? promise : `The ${prose(4)} stands in the ${prose(words)}.`
    const shape = shapes[at % shapes.length]
    return {
      ...around,
      name: isOrigin ? 'PreferenceAgent' : 'AnswerAgent',
      run_type: 'llm',
      ...shape?.(question, answer),
    }
  })
  return JSON.stringify({ trace_id: traceId, project_name: 'portfolio', runs: list })
}

type Shape = (question: string, answer: string) => { readonly inputs: unknown; readonly outputs: unknown }

const constructed = (kind: string, type: string, content: string) => ({
  lc: 1,
  type: 'constructor',
  id: ['langchain', 'schema', 'messages', kind],
  kwargs: { content, type },
})

const shapes: readonly Shape[] = [
  (question, answer) => ({
    inputs: {
      messages: [
        { role: 'system', content: instructions },
        { role: 'user', content: question },
      ],
    },
    outputs: { choices: [{ message: { role: 'assistant', content: answer }, finish_reason: 'stop' }] },
  }),
  (question, answer) => ({
    inputs: {
      messages: [
        [
          constructed('SystemMessage', 'system', instructions),
          constructed('HumanMessage', 'human', question),
        ],
      ],
    },
    outputs: { generations: [[{ text: answer, message: constructed('AIMessage', 'ai', answer) }]] },
  }),
  (question, answer) => ({
    inputs: {
      messages: [
        ['system', instructions],
        ['human', question],
      ],
    },
    outputs: { messages: [{ type: 'ai', content: answer }] },
  }),
  (question, answer) => ({
    inputs: {
      messages: [
        { type: 'system', data: { content: instructions } },
        { type: 'human', content: [{ type: 'text', text: question }] },
      ],
    },
    outputs: { messages: [{ type: 'ai', content: answer }] },
  }),
]

export function longTrace(options: LongTraceOptions): AnalysedTrace {
  const read = readTrace(longTraceText(options))
  if (!read.ok) throw new Error(read.fault)
  return read.value
}
