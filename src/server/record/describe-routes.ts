/** The routes of the record for the OpenAPI description. */

type Json = Readonly<Record<string, unknown>>

const answer = (description: string, type = 'application/json'): Json => ({
  description,
  content: { [type]: { schema: { type: type === 'application/json' ? 'object' : 'string' } } },
})

const reading = (summary: string, parameters: readonly Json[] = [], type?: string): Json => ({
  summary,
  ...(parameters.length > 0 ? { parameters } : {}),
  responses: { 200: answer('The answer', type), 503: answer('The store of traces is not open') },
})

const query = (name: string, description: string, type = 'string'): Json => ({
  name,
  in: 'query',
  description,
  schema: { type },
})

const filters: readonly Json[] = [
  query('limit', '1 to 500; 50 where absent', 'integer'),
  query('cursor', '`nextCursor` of the page before'),
  query('status', '`success`, `error`, `pending`'),
  query('source', '`gateway`, `langsmith`, `otlp`, `langfuse`'),
  query('project', 'the project'),
  query('session', 'the conversation'),
  query('user', 'the person'),
  query('provider', 'a provider that a run called'),
  query('model', 'a model that a run called'),
  query('since', 'began at or after; ISO 8601 or ms since 1970'),
  query('until', 'began before'),
  query('min_ms', 'took at least so long', 'number'),
  query('q', 'words that all stand in one run'),
  query('tenant', 'for callers of all tenants: the one that is meant'),
]

const taking = (summary: string, types: readonly string[]): Json => ({
  summary,
  requestBody: {
    required: true,
    content: Object.fromEntries(types.map((type) => [type, { schema: { type: 'object' } }])),
  },
  responses: {
    200: answer('Everything is on disk'),
    400: answer('The body is not valid; see docs/faults.md'),
    503: answer('The store is behind or not open'),
  },
})

const id: Json = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

export const recordPaths: Json = {
  '/v1/traces': {
    get: reading('Traces, newest first', filters),
    post: taking('OTLP over HTTP', ['application/json', 'application/x-protobuf']),
  },
  '/v1/traces/{id}': {
    get: reading('The runs of a trace in order, with feedback', [id]),
    delete: reading('Removes a trace', [id]),
  },
  '/v1/sessions': { get: reading('Conversations, the latest first', filters.slice(0, 2)) },
  '/v1/feedback': { post: taking('Attaches a score or a remark to a run or a trace', ['application/json']) },
  '/runs': { post: taking('One run of LangSmith’s', ['application/json']) },
  '/runs/batch': { post: taking('Runs of LangSmith’s', ['application/json']) },
  '/runs/multipart': { post: taking('Runs as LangSmith’s SDKs send them', ['multipart/form-data']) },
  '/info': { get: reading('What LangSmith’s SDKs ask before they send') },
  '/metrics': { get: reading('Metrics for Prometheus', [], 'text/plain') },
  '/health/detailed': { get: reading('How everything stands, with reasons') },
  '/v1/monitoring/summary': {
    get: reading('Requests and latencies over a stretch of time', [
      query('window_s', '1 to 604800', 'integer'),
    ]),
  },
  '/v1/learning/rankings': { get: reading('What was learned of each target') },
}
