/** Passes requests on to the first worker, which alone keeps files, batches, analyses and pre-warming. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent } from 'undici'

/** Paths that only the first worker serves. */
const itsOwn = /^\/(v1\/(files|batches|analyses)|admin\/prewarm)(\/|\?|$)/

export interface FirstWorker {
  /** True where the request is passed on. */
  pass(request: IncomingMessage, response: ServerResponse): boolean
  close(): Promise<void>
}

/** Hop-by-hop headers, which end here. */
const ownHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect'])

/** `origin` is where the first worker alone can be reached; undefined until it has said so. */
export function openFirstWorker(origin: () => string | undefined): FirstWorker {
  const agent = new Agent()
  const send = async (request: IncomingMessage, response: ServerResponse, to: string) => {
    try {
      const answer = await agent.request({
        origin: to,
        path: request.url ?? '/',
        method: request.method as 'GET',
        headers: plain(request.headers),
        ...(request.method === 'GET' || request.method === 'HEAD' ? {} : { body: request }),
      })
      response.writeHead(answer.statusCode, plain(answer.headers))
      for await (const chunk of answer.body) response.write(chunk)
      response.end()
    } catch {
      if (response.headersSent) return void response.destroy()
      refuse(response)
    }
  }
  return {
    close: () => agent.close(),
    pass(request, response) {
      if (!itsOwn.test(request.url ?? '')) return false
      const to = origin()
      if (to === undefined) refuse(response)
      else void send(request, response, to)
      return true
    },
  }
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' })
  const message = 'the worker that keeps files and batches does not answer'
  const error = { message, type: 'api_error', code: 'gateway_overloaded', param: null }
  response.end(JSON.stringify({ error }))
}

function plain(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !ownHeaders.has(name)) kept[name] = value
  return kept
}
