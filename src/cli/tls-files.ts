/** The certificate of the server: read at the start, and again when its files change. */

import { readFileSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { createSecureContext, type Server } from 'node:tls'
import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Log } from '../record/log/log.ts'
import type { TlsFiles } from '../server/server-parts.ts'

type Named = NonNullable<ServerConfig['tls']>

/** Tools write a certificate and its key one after the other. */
const settleMs = 500

/** The fault says what is wrong with which file. */
export function readTls({ certFile, keyFile }: Named): Outcome<TlsFiles, string> {
  const read = (path: string, field: string): Outcome<string, string> => {
    try {
      return done(readFileSync(path, 'utf8'))
    } catch {
      return failed(`${path} cannot be read. Check server.tls.${field}`)
    }
  }
  const cert = read(certFile, 'cert_file')
  if (!cert.ok) return cert
  const key = read(keyFile, 'key_file')
  if (!key.ok) return key
  try {
    createSecureContext({ cert: cert.value, key: key.value })
  } catch (error) {
    const reason = reasonOf(error)
    return failed(`${certFile} and ${keyFile} are no certificate and its key: ${reason}`)
  }
  return done({ cert: cert.value, key: key.value })
}

/** New connections get the new certificate; a wrong one is told and the old one stays. */
export function followTls(server: Pick<Server, 'setSecureContext'>, tls: Named, log: Log): () => void {
  let cancel = () => {}
  const reload = () => {
    const files = readTls(tls)
    if (!files.ok) return log.warn(`the old certificate stays: ${files.fault}`)
    server.setSecureContext(files.value)
    log.warn('the new certificate is in force')
  }
  const watchers = [tls.certFile, tls.keyFile].map((path) =>
    watch(dirname(path), (_event, name) => {
      if (name !== null && name !== basename(path)) return
      cancel()
      cancel = systemClock.after(settleMs, reload)
    }),
  )
  return () => {
    cancel()
    for (const watcher of watchers) watcher.close()
  }
}
