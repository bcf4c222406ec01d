/** Load on one address: as fast as possible with a number of callers, or at a steady rate. */

import { Pool } from 'undici'

export interface Load {
  readonly url: string
  readonly forMs: number
  readonly stream?: boolean
}

const path = '/v1/chat/completions'
const headers = { 'content-type': 'application/json' }
const bodyOf = (stream: boolean) =>
  JSON.stringify({
    model: 'chat',
    ...(stream ? { stream: true } : {}),
    messages: [{ role: 'user', content: 'x'.repeat(950) }],
  })

/** Requests per second with 32 callers, each asking again as soon as it has its answer. */
export async function throughput({ url, forMs }: Load): Promise<number> {
  const pool = new Pool(url, { connections: 32 })
  const body = bodyOf(false)
  const endMs = performance.now() + forMs
  let answered = 0
  const caller = async () => {
    while (performance.now() < endMs) {
      await askWhole(pool, body)
      answered += 1
    }
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: 32 }, caller))
  const perSecond = answered / ((performance.now() - startMs) / 1_000)
  await pool.close()
  return perSecond
}

/** So many whole requests, with 32 callers. */
export async function askOften(url: string, requests: number): Promise<void> {
  const pool = new Pool(url, { connections: 32 })
  const body = bodyOf(false)
  let asked = 0
  const caller = async () => {
    while (asked < requests) {
      asked += 1
      await askWhole(pool, body)
    }
  }
  await Promise.all(Array.from({ length: 32 }, caller))
  await pool.close()
}

/** Ms of each request at a steady rate; of a stream, ms to its first byte. */
export async function latencies({ url, forMs, stream = false }: Load, perSecond: number): Promise<number[]> {
  const pool = new Pool(url, { connections: 64 })
  const body = bodyOf(stream)
  const took: number[] = []
  const running: Promise<void>[] = []
  const startMs = performance.now()
  for (let sent = 0; sent < (forMs / 1_000) * perSecond; sent += 1) {
    const dueMs = startMs + (sent * 1_000) / perSecond
    const waitMs = dueMs - performance.now()
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const sentMs = performance.now()
    const ask = stream ? askFirstByte(pool, body) : askWhole(pool, body)
    running.push(ask.then((atMs) => void took.push(atMs - sentMs)))
  }
  await Promise.all(running)
  await pool.close()
  return took
}

async function askWhole(pool: Pool, body: string): Promise<number> {
  const answer = await pool.request({ method: 'POST', path, headers, body })
  await answer.body.arrayBuffer()
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`)
  return performance.now()
}

async function askFirstByte(pool: Pool, body: string): Promise<number> {
  const answer = await pool.request({ method: 'POST', path, headers, body })
  let firstMs = 0
  for await (const _chunk of answer.body) firstMs ||= performance.now()
  return firstMs
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const median = (values: readonly number[]) => quantile(values, 0.5)
