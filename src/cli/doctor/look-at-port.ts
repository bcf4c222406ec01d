/** Whether the gateway could listen, or listens already. */

import { createServer } from 'node:net'
import { request } from 'undici'
import { isRecord, parseJson } from '../../base/text.ts'
import type { ServerConfig } from '../../config/config.ts'
import { readTls } from '../tls-files.ts'
import { type Finding, fine, wrong } from './finding.ts'

export async function lookAtPort({ host, port, tls }: ServerConfig): Promise<readonly Finding[]> {
  const files = tls && readTls(tls)
  const certificate = files
    ? [
        files.ok
          ? fine('certificate', `${tls?.certFile} and its key can be read`)
          : wrong('certificate', files.fault, 'Name readable PEM files under server.tls.'),
      ]
    : []
  return [await lookAtAddress(host, port), ...certificate]
}

async function lookAtAddress(host: string, port: number): Promise<Finding> {
  const what = `port ${port} on ${host}`
  const error = await tryToListen(host, port)
  if (error === undefined) return fine(what, 'it is free')
  if (error === 'EADDRINUSE') {
    if (await isGateway(host, port)) return fine(what, 'a gateway listens there')
    return wrong(what, 'another program listens there', 'End it, or choose another port with --port.')
  }
  if (error === 'EACCES')
    return wrong(what, 'this user may not listen there', 'Ports below 1024 need rights: choose another.')
  return wrong(
    what,
    `nobody can listen there (${error})`,
    'Check server.host: it must be an address of this machine.',
  )
}

function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    server.listen({ host, port }, () => server.close(() => resolve(undefined)))
  })
}

async function isGateway(host: string, port: number): Promise<boolean> {
  try {
    const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    const { body } = await request(`http://${shown.includes(':') ? `[${shown}]` : shown}:${port}/health`, {
      headersTimeout: 2_000,
      bodyTimeout: 2_000,
    })
    const health = parseJson(await body.text())
    return isRecord(health) && health['service'] === 'adaptive-mind'
  } catch {
    return false
  }
}
