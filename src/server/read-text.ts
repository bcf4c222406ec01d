/** Reads a request's body as text, up to a bound, straight from the socket's stream. */

import type { IncomingMessage } from 'node:http'
import { createJsonGauge } from '../base/json-gauge.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'
import { bodyLimits, excessFault } from './read-body.ts'

/** The text, or a fault: not JSON by its content type, larger, deeper or wider than the bounds, or broken off. */
export function readText(request: IncomingMessage, limitBytes: number): Promise<Outcome<string, Fault>> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json *(;|$)/i.test(type))
    return Promise.resolve(failed(makeFault('unsupported_media_type', 'send content-type: application/json')))
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve(failed(tooLarge()))
  return new Promise((resolve) => {
    const gauge = createJsonGauge(bodyLimits)
    let chunks: Buffer[] = []
    let bytes = 0
    let isRefused = false
    const refuse = (fault: Fault) => {
      isRefused = true
      chunks = []
      resolve(failed(fault))
    }
    request.on('data', (chunk: Buffer) => {
      if (isRefused) return
      bytes += chunk.length
      if (bytes > limitBytes) return refuse(tooLarge())
      chunks.push(chunk)
      const excess = gauge.push(chunk)
      if (excess) refuse(excessFault(excess))
    })
    request.on('end', () => {
      if (!isRefused) resolve(done(textOf(chunks)))
    })
    request.on('error', () => resolve(failed(makeFault('cancelled', 'the caller went away'))))
  })
}

const tooLarge = () => makeFault('body_too_large', 'the body is too large')

function textOf(chunks: readonly Buffer[]): string {
  const only = chunks[0]
  return chunks.length === 1 && only ? only.toString('utf8') : Buffer.concat(chunks).toString('utf8')
}
