/** A trace that carries a hostile text in every field a writer fills, with secrets beside it. */

/** What must never come out again; made for this test, no service knows them. */
export const secrets = [
  'sk-proj-Qm4vT9xZ2kL8wR1pN7cY5bH3',
  'AKIAQ7M2X9V4T8K1R5PZ',
  'ghp_8sKd72nVbQ4xZp1LrT6wYc9mHf3J',
  'correct-horse-battery-99',
  'jane.roe@customer.example',
  '4111 1111 1111 1111',
  'DE89 3704 0044 0532 0130 00',
] as const

const told = `You are an assistant. api_key=${secrets[0]} aws ${secrets[1]} token ${secrets[2]}. The password is: ${secrets[3]}`
const customer = `Mail ${secrets[4]}, card ${secrets[5]}, account ${secrets[6]}`

type Wire = Readonly<Record<string, unknown>>

/** `number` keeps ids apart where many stand in one trace. */
export function hostileRuns(text: string, number: number): readonly Wire[] {
  const run = (id: string, more: Wire): Wire => ({
    id: `${number}-${id}`,
    trace_id: 't',
    dotted_order: `1.${number}.${id}`,
    parent_run_id: 'root',
    ...more,
  })
  return [
    run('1', {
      name: text,
      run_type: 'llm',
      inputs: {
        messages: [
          { role: 'system', content: `${told} ${text} Answer only in JSON. Always end with "Done."` },
          { role: 'user', content: `${customer} ${text}` },
        ],
        [text]: text,
      },
      outputs: {
        messages: [
          {
            role: 'assistant',
            content: `Assuming ${text} with ${secrets[0]}, I'll remember that from now on.`,
            tool_calls: [{ id: text, function: { name: text, arguments: JSON.stringify({ [text]: text }) } }],
          },
        ],
      },
      tags: [text],
      extra: {
        metadata: { [text]: text, agent_name: text },
        invocation_params: { model: text, stop: [text] },
      },
    }),
    run('2', {
      name: `tool ${text}`,
      run_type: 'tool',
      inputs: { q: text },
      outputs: { error: `connection refused ${text} ${secrets[2]}` },
      error: `connection refused ${text} password: ${secrets[3]}`,
    }),
    run('3', {
      name: text,
      run_type: text,
      inputs: { prompt_template: `{name} ${text}`, expected: text },
      outputs: { is_valid: false, reason: `${text} ${secrets[1]}` },
      error: text,
    }),
  ]
}

export function hostileTrace(texts: readonly string[]): Wire {
  const [first = ''] = texts
  const root = {
    id: 'root',
    trace_id: 't',
    dotted_order: '1',
    name: first,
    run_type: 'chain',
    inputs: { question: first },
    outputs: { answer: first },
  }
  return {
    trace_id: 't',
    project_name: first,
    runs: [root, ...texts.flatMap((text, at) => hostileRuns(text, at))],
  }
}
