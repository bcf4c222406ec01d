/** `cache stats|clear|warm`: the cache of a running gateway. */

import { systemClock } from '../base/clock.ts'
import { isRecord } from '../base/text.ts'
import { type AdminCall, type AdminOptions, openAdminCall } from './admin-call.ts'
import { readPrewarmFile } from './open-prewarm.ts'
import { complain, print } from './options.ts'
import { openProgress } from './progress-bar.ts'

type Answer = Readonly<Record<string, unknown>>

export async function cacheStats(options: AdminOptions): Promise<number> {
  return await calling(options, async ({ call }) => {
    const stats = await call('GET', '/admin/cache')
    if (!stats.ok) return trouble(stats.fault)
    print(options.json ? JSON.stringify(stats.value) : statsText(stats.value))
    return 0
  })
}

export async function cacheClear(options: AdminOptions & { readonly tenant?: string }): Promise<number> {
  const { tenant } = options
  return await calling(options, async ({ call }) => {
    const query = tenant === undefined ? '' : `?tenant=${encodeURIComponent(tenant)}`
    const cleared = await call('DELETE', `/admin/cache${query}`)
    if (!cleared.ok) return trouble(cleared.fault)
    print(
      options.json ? JSON.stringify(cleared.value) : `${cleared.value['cleared']} answers were taken away`,
    )
    return 0
  })
}

const lookEveryMs = 200

/** The gateway asks; here its progress is shown. */
export async function cacheWarm(options: AdminOptions & { readonly file: string }): Promise<number> {
  const bodies = readPrewarmFile(options.file)
  if (!bodies.ok) {
    complain(bodies.fault)
    return 2
  }
  const list = JSON.stringify({ requests: bodies.value.map((body) => ({ body })) })
  return await calling(options, async ({ call }) => {
    const started = await call('POST', '/admin/prewarm', list)
    if (!started.ok) return trouble(started.fault)
    return await follow(options, call, bodies.value.length)
  })
}

async function follow(options: AdminOptions, call: AdminCall['call'], total: number): Promise<number> {
  const bar = openProgress({
    total,
    isSilent: options.quiet === true || options.json === true,
    clock: systemClock,
    out: process.stderr,
  })
  for (let shown = 0, failed = 0; ; ) {
    await systemClock.sleep(lookEveryMs)
    const state = await call('GET', '/admin/prewarm')
    if (!state.ok) {
      bar.close()
      return trouble(state.fault)
    }
    const done = Number(state.value['done'])
    const bad = Number(state.value['failed'])
    for (; shown < done; shown += 1) {
      bar.step(failed >= bad)
      if (failed < bad) failed += 1
    }
    if (state.value['isRunning'] === true) continue
    bar.close()
    print(options.json ? JSON.stringify(state.value) : warmText(state.value))
    return done === total ? 0 : 1
  }
}

function warmText({ warmed, known, failed, perSecond, hitShare }: Answer): string {
  const rate = typeof perSecond === 'number' ? `, ${perSecond.toFixed(1)} a second` : ''
  return `${warmed} warmed, ${known} known already, ${failed} failed${rate}. ${shareText(hitShare)}`
}

const shareText = (share: unknown) =>
  typeof share === 'number'
    ? `Hit share so far: ${(share * 100).toFixed(1)} %`
    : 'Nothing was looked up so far'

function statsText(stats: Answer): string {
  const memory = isRecord(stats['memory']) ? stats['memory'] : {}
  const redis = isRecord(stats['redis']) ? stats['redis'] : undefined
  const megabytes = (bytes: unknown) => (Number(bytes) / 1_048_576).toFixed(1)
  return [
    shareText(stats['hitShare']),
    `memory: ${memory['entries']} answers, ${megabytes(memory['bytes'])} of ${megabytes(memory['maxBytes'])} MB, ${tierText(memory)}, ${memory['evicted']} made room`,
    redis ? `redis: ${tierText(redis)}${redis['isAway'] ? ', away' : ''}` : 'redis: none',
    `${stats['called']} called, ${stats['shared']} shared the call of another, ${stats['stale']} given beyond their time`,
    `${stats['stored']} kept, ${stats['notKept']} not kept`,
  ].join('\n')
}

function tierText({ hits, misses, p50Ms, p99Ms }: Answer): string {
  const times = typeof p50Ms === 'number' ? `, p50 ${p50Ms} ms, p99 ${p99Ms} ms` : ''
  return `${hits} hits, ${misses} misses${times}`
}

async function calling(options: AdminOptions, run: (admin: AdminCall) => Promise<number>): Promise<number> {
  const admin = openAdminCall(options)
  if (!admin.ok) {
    complain(admin.fault)
    return 2
  }
  try {
    return await run(admin.value)
  } finally {
    await admin.value.close()
  }
}

function trouble(line: string): number {
  complain(line)
  return 1
}
