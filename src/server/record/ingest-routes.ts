/** Traces from outside: LangSmith's API as its SDKs call it, and OTLP over HTTP. Bodies go to the store's thread unread. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { IngestFormat } from '../../record/runs/ingest-body.ts'
import { answerJson } from './answer-json.ts'
import type { RouteParts } from './record-parts.ts'
import { forWriters, tenantOf } from './route-options.ts'

/** A scope of its own, for only here bodies are bytes. */
export function addIngestRoutes(app: FastifyInstance, parts: RouteParts): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, then) => then(null, body))
    addLangSmith(scope, parts)
    scope.post('/v1/traces', forWriters, (request, reply) => takeOtlp(parts, request, reply))
  })
}

function addLangSmith(scope: FastifyInstance, parts: RouteParts): void {
  scope.get('/info', forWriters, (_request, reply) => reply.send(info(parts)))
  const paths: readonly [path: string, format: IngestFormat][] = [
    ['/runs', 'langsmith_run'],
    ['/runs/batch', 'langsmith_batch'],
    ['/runs/multipart', 'langsmith_multipart'],
  ]
  for (const [path, format] of paths)
    scope.post(path, forWriters, async (request, reply) =>
      answerJson(parts, reply, await take(parts, request, format), 202),
    )
  scope.patch<{ Params: { id: string } }>('/runs/:id', forWriters, async (request, reply) =>
    answerJson(parts, reply, await take(parts, request, 'langsmith_run', request.params.id), 202),
  )
}

/** What the SDKs ask before they send: how much at once, in which form, packed or not. */
const info = ({ version, bodyLimitBytes }: RouteParts) => ({
  version,
  instance_flags: { gzip_body_enabled: true, zstd_compression_enabled: true },
  batch_ingest_config: {
    use_multipart_endpoint: true,
    size_limit: 100,
    size_limit_bytes: bodyLimitBytes,
    scale_up_qsize_trigger: 1_000,
    scale_up_nthreads_limit: 16,
    scale_down_nempty_trigger: 4,
  },
})

function take({ record }: RouteParts, request: FastifyRequest, format: IngestFormat, runId?: string) {
  const { headers, body } = request
  return record.runs.ask({
    kind: 'ingest',
    tenant: tenantOf(request),
    body: {
      format,
      bytes: Buffer.isBuffer(body) ? body : new Uint8Array(),
      contentType: headers['content-type'] ?? '',
      encoding: headers['content-encoding'] ?? '',
      ...(runId === undefined ? {} : { runId }),
    },
  })
}

/** An exporter wants its answer in the form it asked in; nothing in it says that all was taken. */
async function takeOtlp(parts: RouteParts, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const answer = await take(parts, request, 'otlp')
  if (!answer.ok) return answerJson(parts, reply, answer)
  const isProtobuf = /^application\/(x-)?protobuf/i.test(request.headers['content-type'] ?? '')
  if (isProtobuf) reply.type('application/x-protobuf').send(Buffer.alloc(0))
  else reply.type('application/json').send('{}')
}
