/** Answers a request from the cache, by the call of an equal one that is under way, or by its own call. */

import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { AnswerCache } from '../cache/answer-cache.ts'
import { cacheKey } from '../cache/cache-key.ts'
import { type CacheWish, cacheWish } from '../cache/cache-wish.ts'
import type { Boarding, Flight, FoundBy, Seat } from '../cache/flights.ts'
import { answerStored, enterCached } from './answer-stored.ts'
import { asStored, carry, type Keeping, keepingCopy, nobodyAnswered } from './ask-and-keep.ts'
import { findAlike, meaningOf, noteLikeness } from './by-meaning.ts'
import type { Answer, AnswerMeta, Chunk } from './engine-port.ts'
import type { Ask, Opened } from './opened.ts'
import { openSession, type Session } from './session.ts'
import { timesOf } from './times-of.ts'

/** Undefined where the cache has no part in the request. */
export function wishOf({ asked, config }: Pick<Opened, 'asked' | 'config'>): CacheWish | undefined {
  const route = config.routes.get(asked.request.model)?.cache
  if (route === undefined && asked.extension.cache === undefined) return undefined
  return cacheWish(asked.request, asked.extension, route ?? modelCache)
}

/** For models that are addressed without a route: only who asks for it has it. */
const modelCache = { mode: 'off', sampled: false, ttlMs: 86_400_000 } as const

export interface Caching {
  readonly cache: AnswerCache<AnswerMeta>
  readonly wish: CacheWish
  readonly ask: Ask
}

export async function chatThroughCache(opened: Opened, { cache, wish, ask }: Caching): Promise<Answer> {
  const { asked, plan, log } = opened
  const key = cacheKey({ ...asked, targets: plan.targets })
  const keeping: Keeping = { opened, cache, key, ttlMs: wish.ttlMs }
  if (!wish.looksUp) return keepingCopy(keeping, await ask(opened))
  const near = cache.near(key)
  if (near?.isFresh) {
    log.publish('cache.hit', { tier: 'memory' })
    return answerStored(sessionOf(opened), near.answer, 'hit')
  }
  for (;;) {
    const boarding = board(opened, { cache, wish, key })
    if (boarding.leads) void lead(keeping, { ...boarding, ask })
    const answer = await ride(keeping, boarding)
    if (answer !== 'next') return answer
  }
}

const sessionOf = (opened: Opened) => openSession(opened)

/** Who waits for less long does not share with who waits longer: a profile sets how its call is made. */
function board(
  opened: Opened,
  { cache, wish, key }: Pick<Caching, 'cache' | 'wish'> & { key: string },
): Boarding<AnswerMeta> {
  const { asked, log, parts } = opened
  const { timeouts } = timesOf(opened)
  const { totalMs, streamMs = totalMs } = timeouts
  const nowMs = log.nowMs()
  const passenger = {
    clock: parts.clock,
    leftMs: totalMs - nowMs,
    ...(asked.request.stream ? { streamLeftMs: streamMs - nowMs } : {}),
    signal: asked.signal,
  }
  const boarding = cache.flights.board(`${asked.extension.profile ?? ''} ${key}`, passenger)
  boarding.flight.stores ||= wish.stores
  return boarding
}

/** The call of a flight goes on without its leader: it ends with the last who wants it. */
async function lead(
  keeping: Keeping,
  { flight, seat, ask }: Boarding<AnswerMeta> & { readonly ask: Ask },
): Promise<void> {
  const { opened, cache, key } = keeping
  const { asked, log } = opened
  const known = await cache.far(key)
  const found = known ?? cache.near(key)
  if (found?.isFresh)
    return flight.land({ kind: 'answer', answer: found.answer, found: { tier: found.tier } })
  const meaning = await meaningOf({ ...opened, asked: { ...asked, signal: flight.signal } })
  const like = meaning && (await findAlike(opened, cache, meaning))
  if (like) return flight.land({ kind: 'answer', answer: like.answer, found: like.found })
  log.publish('cache.miss', {})
  cache.count('called')
  const { deadline_ms: _own, ...extension } = asked.extension
  const shared: Opened = { ...opened, asked: { ...asked, extension, signal: flight.signal } }
  try {
    const answer = await ask(shared, { stale: found?.answer, departure: seat.departure })
    await carry({ ...keeping, meaning }, flight, answer)
  } catch {
    flight.land({ kind: 'fault', fault: nobodyAnswered(), isOwn: true })
  }
}

/** One passenger's way: `next` where whoever led failed by a fault of its own, so that another must lead. */
async function ride(keeping: Keeping, boarding: Boarding<AnswerMeta>): Promise<Answer | 'next'> {
  const { flight, seat, leads } = boarding
  while (flight.head() === undefined && flight.landing() === undefined) {
    const departure = seat.departure()
    if (departure) {
      seat.leave()
      return depart(keeping.opened, departure, leads)
    }
    await seat.news()
  }
  const landing = flight.landing()
  if (landing === undefined || landing.kind === 'stream') return stream(keeping, boarding)
  seat.leave()
  if (landing.kind === 'answer')
    return leads && landing.found === undefined
      ? whole(flight, landing.answer)
      : share(keeping, landing.answer, landing.found)
  if (leads) return { kind: 'fault', fault: landing.fault, meta: headOf(keeping, flight) }
  return landing.isOwn ? 'next' : sessionOf(keeping.opened).fail(landing.fault)
}

/** The entry of whoever led is written by the call, when that ends. */
function depart(opened: Opened, fault: Fault, leads: boolean): Promise<Answer> | Answer {
  const session = sessionOf(opened)
  return leads ? { kind: 'fault', fault, meta: session.meta('CANCELLED') } : session.fail(fault)
}

function headOf({ opened }: Keeping, flight: Flight<AnswerMeta>): AnswerMeta {
  return flight.head() ?? sessionOf(opened).meta('FAILURE')
}

/** The answer of a call as its leader gets it; one that was stale tells so already. */
function whole(flight: Flight<AnswerMeta>, { body }: ReturnType<typeof asStored>): Answer {
  const meta = flight.head()
  if (body.kind !== 'reply' || meta === undefined) throw new Error('a whole answer has a head and a body')
  const raw = body.raw === undefined ? {} : { raw: body.raw }
  return { kind: 'reply', reply: body.reply, ...raw, meta: missed(meta) }
}

const missed = (meta: AnswerMeta): AnswerMeta => ({ ...meta, cache: meta.cache ?? 'miss' })

/** `found` is absent where a call that was shared gave the answer. */
function share({ opened, cache }: Keeping, answer: ReturnType<typeof asStored>, found: FoundBy | undefined) {
  if (found?.tier === 'semantic') {
    cache.count('similar')
    noteLikeness(opened, found)
    return answerStored(sessionOf(opened), answer, 'similar')
  }
  if (found === undefined) cache.count('shared')
  opened.log.publish('cache.hit', { tier: found?.tier ?? 'flight' })
  return answerStored(sessionOf(opened), answer, 'hit')
}

function stream(keeping: Keeping, { flight, seat, leads }: Boarding<AnswerMeta>): Answer {
  const head = headOf(keeping, flight)
  if (leads) return { kind: 'stream', chunks: seen(flight, seat), meta: missed(head) }
  const session = sessionOf(keeping.opened)
  keeping.cache.count('shared')
  session.log.publish('cache.hit', { tier: 'flight' })
  const { provider = '', model = '', simulated, dropped } = head
  const meta = session.meta('CACHED', { provider, model, simulated, dropped })
  const chunks = entered(keeping, session, { flight, head, source: seen(flight, seat) })
  return { kind: 'stream', chunks, meta: { ...meta, cache: head.cache ?? 'hit' } }
}

/** The chunks of a flight as they come in, from the first. */
async function* seen(flight: Flight<AnswerMeta>, seat: Seat): AsyncGenerator<Chunk, void> {
  try {
    for (let at = 0; ; ) {
      const chunk = flight.chunks()[at]
      if (chunk) {
        at += 1
        yield chunk
        continue
      }
      const landing = flight.landing()
      if (landing?.kind === 'fault') yield { parts: [{ kind: 'broken', fault: landing.fault }] }
      if (landing) return
      const departure = seat.departure()
      if (departure) {
        yield { parts: [{ kind: 'broken', fault: departure }] }
        return
      }
      await seat.news()
    }
  } finally {
    seat.leave()
  }
}

interface Riding {
  readonly flight: Flight<AnswerMeta>
  readonly head: AnswerMeta
  readonly source: AsyncGenerator<Chunk, void>
}

/** A follower's stream: its own entry is written before its end leaves. */
async function* entered(
  keeping: Keeping,
  session: Session,
  { flight, head, source }: Riding,
): AsyncGenerator<Chunk, void> {
  let isEntered = false
  try {
    for await (const chunk of source) {
      const last = chunk.parts.at(-1)
      if (last?.kind === 'end') {
        isEntered = true
        const chunks = flight.chunks()
        const refused = await enterCached(session, asStored(keeping, head, { kind: 'stream', chunks }))
        yield refused ? { parts: [{ kind: 'broken', fault: refused }] } : chunk
        return
      }
      if (last?.kind === 'broken') {
        isEntered = true
        await session.fail(last.fault)
      }
      yield chunk
    }
  } finally {
    if (!isEntered) await session.fail(makeFault('cancelled', 'the caller went away'))
  }
}
