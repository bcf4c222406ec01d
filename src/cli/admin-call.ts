/** Calls the endpoints of a running gateway for commands: where it listens, and with which key. */

import { Agent } from 'undici'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { isRecord, parseJson } from '../base/text.ts'
import { loadConfig } from './load-config.ts'
import type { CommonOptions } from './options.ts'

export interface AdminOptions extends CommonOptions {
  /** The gateway's address; that of the configuration where absent. */
  readonly url?: string
}

export interface AdminCall {
  /** A fault is the reason in words. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: string): Promise<Outcome<Answer, string>>
  close(): Promise<void>
}

type Answer = Readonly<Record<string, unknown>>

const longestMs = 30_000

/** The key: `ADAPTIVE_MIND_KEY`, else `ADAPTIVE_MIND_ADMIN_KEY`. */
export function openAdminCall(options: AdminOptions): Outcome<AdminCall, string> {
  const address = addressOf(options)
  if (!address.ok) return address
  const origin = address.value
  const key = process.env['ADAPTIVE_MIND_KEY'] || process.env['ADAPTIVE_MIND_ADMIN_KEY']
  const agent = new Agent({ headersTimeout: longestMs, bodyTimeout: longestMs })
  return done({
    close: () => agent.close(),
    async call(method, path, body) {
      try {
        const { statusCode, body: answer } = await agent.request({
          origin,
          path,
          method,
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(key ? { authorization: `Bearer ${key}` } : {}),
          },
          ...(body === undefined ? {} : { body }),
        })
        const text = await answer.text()
        const parsed = parseJson(text)
        if (statusCode < 300 && isRecord(parsed)) return done(parsed)
        return failed(`${origin} answers ${statusCode}: ${messageOf(parsed) ?? text.slice(0, 200)}`)
      } catch (error) {
        const reason =
          error instanceof Error ? error.message || String(error.cause ?? error.name) : String(error)
        return failed(`no gateway answers at ${origin}: ${reason}. Start it, or name it with --url`)
      }
    },
  })
}

function addressOf({ url, config }: AdminOptions): Outcome<string, string> {
  if (url !== undefined) {
    const parsed = URL.parse(url)
    return parsed && /^https?:$/.test(parsed.protocol)
      ? done(parsed.origin)
      : failed('--url must be an http or https address')
  }
  const loaded = loadConfig(config)
  if (!loaded.ok) return failed(loaded.fault.join('\n'))
  const server = loaded.value.config?.server
  const host = server?.host ?? '127.0.0.1'
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return done(
    `${server?.tls ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${server?.port ?? 4_100}`,
  )
}

function messageOf(value: unknown): string | undefined {
  const error = isRecord(value) && isRecord(value['error']) ? value['error'] : undefined
  return typeof error?.['message'] === 'string' ? error['message'] : undefined
}
