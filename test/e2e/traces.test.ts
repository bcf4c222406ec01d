/** Traces end to end: the gateway's own, and those that real clients send by LangSmith's SDK and by OpenTelemetry. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { awaitAllCallbacks } from '@langchain/core/callbacks/promises'
import { StringOutputParser } from '@langchain/core/output_parsers'
import { ChatPromptTemplate } from '@langchain/core/prompts'
import { RunnableLambda } from '@langchain/core/runnables'
import { LangChainTracer } from '@langchain/core/tracers/tracer_langchain'
import { ChatOpenAI } from '@langchain/openai'
import { SpanStatusCode } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { generateText } from 'ai'
import { Client, RunTree } from 'langsmith'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import type { Run } from '../../src/protocol/run.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

async function end(one: GatewayProcess): Promise<void> {
  await one.kill()
  one.remove()
}

let gateway: GatewayProcess
let sandbox: Sandbox
before(async () => {
  gateway = await startGateway()
  sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  // Lets spans find their parents.
  new NodeTracerProvider().register()
})
after(async () => {
  await sandbox.close()
  await gateway.kill()
  gateway.remove()
})

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the test finds out.
const read = async (path: string, from = gateway): Promise<any> => (await fetch(from.url + path)).json()
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
const chat = (content: string, adaptive: object = {}) =>
  post(
    '/v1/chat/completions',
    JSON.stringify({ model: 'chat', messages: [{ role: 'user', content }], adaptive }),
  )

/** The runs of the newest trace of a query, once there is one. */
async function traced(query: string, from = gateway): Promise<readonly (Run & { depth: number })[]> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { traces } = await read(`/v1/traces?${query}`, from)
    if (traces?.[0]) return (await read(`/v1/traces/${encodeURIComponent(traces[0].traceId)}`, from)).runs
    await pause(50)
  }
  throw new Error(`no trace for ${query}`)
}
const said = ({ messages: { input, output } }: Run) =>
  [...input, ...output].map(({ role, text }) => `${role}: ${text}`)
const outline = (runs: readonly (Run & { depth: number })[]) =>
  runs.map(({ depth, name, runType, status }) => `${depth} ${name} ${runType} ${status}`)

test('traces: a request is a trace as soon as it is answered, found by its id and by its words', async () => {
  const answer = await chat('Where is the lighthouse?', { metadata: { session_id: 'sea', user_id: 'ann' } })
  const id = answer.headers.get('x-request-id') ?? ''
  await answer.text()
  const { runs } = await read(`/v1/traces/${id}`)
  assert.deepEqual(outline(runs), ['0 chat chain success', '1 sandbox/small llm success'])
  assert.deepEqual(said(runs[0])[0], 'user: Where is the lighthouse?')
  for (const query of ['q=lighthouse', 'session=sea', 'user=ann&model=small', 'provider=sandbox&q=light'])
    assert.equal((await traced(query))[0]?.id, id, query)
  const { sessions } = await read('/v1/sessions')
  assert.deepEqual([sessions[0].sessionId, sessions[0].traces, sessions[0].userId], ['sea', 1, 'ann'])
})

test('traces: LangChain traced by LangSmith’s SDK with this gateway as its endpoint', async () => {
  const client = new Client({ apiUrl: gateway.url, apiKey: 'ls-test' })
  const tracer = new LangChainTracer({ client, projectName: 'shop' })
  const model = new ChatOpenAI({
    model: 'chat',
    apiKey: 'k',
    configuration: { baseURL: `${gateway.url}/v1` },
    maxRetries: 0,
  })
  const prompt = ChatPromptTemplate.fromMessages([
    ['system', 'Be brief.'],
    ['human', '{question}'],
  ])
  const chain = RunnableLambda.from((question: string) => ({ question }))
    .pipe(prompt)
    .pipe(model)
    .pipe(new StringOutputParser())
  const text = await chain.invoke('Hello there', {
    callbacks: [tracer],
    runName: 'ask the shop',
    tags: ['e2e'],
    metadata: { session_id: 'counter' },
  })
  assert.match(text, /simulated answer/)
  await awaitAllCallbacks()
  await client.awaitPendingTraceBatches()
  const runs = await traced('source=langsmith&project=shop')
  assert.deepEqual(outline(runs), [
    '0 ask the shop chain success',
    '1 RunnableLambda chain success',
    '1 ChatPromptTemplate prompt success',
    '1 ChatOpenAI llm success',
    '1 StrOutputParser parser success',
  ])
  const llm = runs[3]
  assert.deepEqual(llm && said(llm), ['system: Be brief.', 'user: Hello there', `assistant: ${text}`])
  assert.ok((llm?.usage?.output ?? 0) > 3)
  assert.equal(llm?.model, 'chat')
  assert.deepEqual([runs[0]?.sessionId, runs[0]?.tags], ['counter', ['e2e']])
})

test('traces: LangSmith’s run trees, an error among them, and feedback by its client', async () => {
  const client = new Client({ apiUrl: gateway.url, apiKey: 'ls-test' })
  const root = new RunTree({
    name: 'agent',
    run_type: 'chain',
    inputs: { question: 'x' },
    client,
    project_name: 'trees',
  })
  await root.postRun()
  const child = root.createChild({ name: 'search', run_type: 'tool', inputs: { query: 'x' } })
  await child.postRun()
  await child.end(undefined, 'no network')
  await child.patchRun()
  await root.end({ answer: 'unknown' })
  await root.patchRun()
  await client.awaitPendingTraceBatches()
  const runs = await traced('project=trees&status=success')
  assert.deepEqual(outline(runs), ['0 agent chain success', '1 search tool error'])
  assert.equal(runs[1]?.error, 'no network')
  await client.createFeedback(root.id, 'helpful', { score: 0.25, comment: 'not really' })
  const { traces } = await read('/v1/traces?project=trees')
  assert.deepEqual(traces[0].scores, { helpful: { average: 0.25, count: 1 } })
})

for (const [name, Exporter] of [
  ['JSON', JsonExporter],
  ['protobuf', ProtoExporter],
] as const)
  for (const compression of ['none', 'gzip'] as const) {
    test(`traces: OpenTelemetry’s SDK exporting ${name}, packed by ${compression}`, async () => {
      const project = `otel-${name}-${compression}`
      const exporter = new Exporter({ url: `${gateway.url}/v1/traces`, compression: compression as never })
      const provider = new NodeTracerProvider({
        resource: resourceFromAttributes({ 'service.name': project }),
        spanProcessors: [new BatchSpanProcessor(exporter)],
      })
      const tracer = provider.getTracer('test')
      tracer.startActiveSpan('agent', (agent) => {
        const call = tracer.startSpan('chat m', {
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.provider.name': 'openai',
            'gen_ai.request.model': 'm',
            'gen_ai.usage.input_tokens': 12,
            'gen_ai.input.messages': JSON.stringify([
              { role: 'user', parts: [{ type: 'text', content: 'Grüße 🌊' }] },
            ]),
            'test.list': ['a', 'b'],
            'test.share': 0.5,
          },
        })
        call.recordException(new Error('too late'))
        call.setStatus({ code: SpanStatusCode.ERROR })
        call.end()
        agent.end()
      })
      await provider.forceFlush()
      await provider.shutdown()
      const runs = await traced(`project=${project}&model=m`)
      assert.deepEqual(outline(runs), ['0 agent chain success', '1 chat m llm error'])
      const call = runs[1]
      assert.deepEqual(call && said(call), ['user: Grüße 🌊'])
      assert.deepEqual([call?.provider, call?.usage?.input, call?.error], ['openai', 12, 'Error: too late'])
      assert.deepEqual([call?.metadata['test.list'], call?.metadata['test.share']], [['a', 'b'], 0.5])
    })
  }

test('traces: the AI SDK’s telemetry', async () => {
  const exporter = new ProtoExporter({ url: `${gateway.url}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'ai-sdk' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  await generateText({
    model: createOpenAICompatible({ name: 'adaptive', baseURL: `${gateway.url}/v1` })('chat'),
    prompt: 'Hello there',
    experimental_telemetry: { isEnabled: true, tracer: provider.getTracer('ai') },
  })
  await provider.forceFlush()
  await provider.shutdown()
  const runs = await traced('project=ai-sdk')
  assert.deepEqual(outline(runs), [
    '0 ai.generateText chain success',
    '1 ai.generateText.doGenerate llm success',
  ])
  const call = runs[1]
  assert.deepEqual(call && said(call), [
    'user: Hello there',
    'assistant: This is a simulated answer from the sandbox to: Hello there',
  ])
  assert.ok((call?.usage?.input ?? 0) > 0)
})

const refusals: readonly [name: string, send: () => Promise<Response>, status: number][] = [
  ['OTLP that is no JSON', () => post('/v1/traces', '{'), 400],
  ['OTLP of another shape', () => post('/v1/traces', '{"spans":[]}'), 400],
  [
    'protobuf that is none',
    () => post('/v1/traces', 'no', { 'content-type': 'application/x-protobuf' }),
    400,
  ],
  ['gzip that is none', () => post('/runs/batch', '{}', { 'content-encoding': 'gzip' }), 400],
  [
    'multipart without a boundary',
    () => post('/runs/multipart', 'x', { 'content-type': 'multipart/form-data' }),
    400,
  ],
  ['a body beyond the limit', () => post('/runs/batch', 'x'.repeat(20_971_521)), 413],
  ['feedback on nothing', () => post('/v1/feedback', '{"key":"k","score":1}'), 400],
  ['feedback on a run nobody sent', () => post('/v1/feedback', '{"run_id":"gone","score":1}'), 404],
  ['a trace nobody sent', () => fetch(`${gateway.url}/v1/traces/gone`), 404],
  ['a filter that is none', () => fetch(`${gateway.url}/v1/traces?colour=blue`), 400],
  ['a limit out of range', () => fetch(`${gateway.url}/v1/traces?limit=501`), 400],
  ['a time that is none', () => fetch(`${gateway.url}/v1/traces?since=yesterday`), 400],
]
for (const [name, send, status] of refusals) {
  test(`traces: refused with a reason: ${name}`, async () => {
    const answer = await send()
    assert.equal(answer.status, status)
    const { error } = (await answer.json()) as { error: { message: string } }
    assert.ok(error.message.length > 5)
  })
}

test('traces: a removed trace is gone', async () => {
  const answer = await chat('remove me')
  const id = answer.headers.get('x-request-id')
  await answer.text()
  await read(`/v1/traces/${id}`)
  await fetch(`${gateway.url}/v1/traces/${id}`, { method: 'DELETE' })
  const { traces } = await read('/v1/traces?q=remove')
  assert.deepEqual(traces, [])
})

test('traces: what the gateway sends out by OTLP and by LangSmith’s SDK, another gateway takes in', async (t) => {
  const config = `
providers: { house: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [small] } }
routes: { chat: { targets: [ { provider: house, models: [small] } ] } }
exporters:
  otlp: { endpoint: "${gateway.url}/v1/traces", headers: ["x-team: gateway"] }
  langsmith: { endpoint: "${gateway.url}", api_key: ls-test, project: sent-out }
`
  const sender = await startGateway(config)
  t.after(() => end(sender))
  await fetch(`${sender.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Pass it on' }] }),
  }).then((answer) => answer.text())
  assert.equal(await sender.end(), 0)
  const otlp = await traced('source=otlp&project=adaptive-mind')
  assert.deepEqual(outline(otlp), ['0 chat chain success', '1 chat small llm success'])
  const langsmith = await traced('source=langsmith&project=sent-out')
  assert.deepEqual(outline(langsmith), ['0 chat chain success', '1 house/small llm success'])
  for (const [root] of [otlp, langsmith]) assert.equal(root && said(root)[0], 'user: Pass it on')
})

test('traces: with dead sinks requests are answered as ever, and the end is in time', async (t) => {
  const config = `
providers: { house: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [small] } }
routes: { chat: { targets: [ { provider: house, models: [small] } ] } }
exporters:
  otlp: { endpoint: "http://127.0.0.1:9/v1/traces" }
  langsmith: { endpoint: "http://127.0.0.1:9", api_key: ls-test }
`
  const sender = await startGateway(config)
  t.after(() => end(sender))
  for (let i = 0; i < 3; i += 1) {
    const answer = await fetch(`${sender.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Hello' }] }),
    })
    assert.equal(answer.status, 200)
    await answer.text()
  }
  const begun = performance.now()
  assert.equal(await sender.end(), 0)
  assert.ok(performance.now() - begun < 10_000)
  assert.match(sender.errors(), /the OTLP endpoint takes no traces: /)
})
