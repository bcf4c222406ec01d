/** Lets a request in or says why not: who calls, and whether the matched route is theirs. */

import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../base/clock.ts'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { allTenants, type Caller } from '../../protocol/access.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { mayEnter, type RouteScope } from './decide.ts'
import type { KeyBook } from './key-book.ts'
import { presentedKey } from './presented-key.ts'
import { createWrongKeyGuard } from './wrong-key-guard.ts'
import { wrongKeyDefaults } from './wrong-keys.ts'

export interface Refusal {
  readonly fault: Fault
  /** The answer is held back for so long, ms. */
  readonly delayMs: number
}

export interface Gate {
  /** Decides at once, from the matched route and the whole key. */
  enter(request: Entering, route: RouteScope): Outcome<Caller, Refusal>
}

export type Entering = Pick<IncomingMessage, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined }
}

export interface GateOptions {
  readonly book: KeyBook
  readonly clock: Clock
  /** A key is asked for though none was ever made: beyond this machine nobody comes in without. */
  readonly isOpenToNobody: boolean
  /** Whose wrong keys are counted; the socket's address where absent. */
  readonly addressOf?: ((request: Entering) => string) | undefined
}

/** Whoever calls from this machine while no key is asked for. */
export const openCaller: Caller = {
  name: 'this machine',
  kind: 'open',
  tenant: allTenants,
  scopes: ['admin'],
  limits: {},
}

export function createGate({ book, clock, isOpenToNobody, addressOf = ofSocket }: GateOptions): Gate {
  const guard = createWrongKeyGuard(clock, wrongKeyDefaults)
  const identify = (entering: Entering): Outcome<Caller, Refusal> => {
    if (!isOpenToNobody && !book.asksForKey()) return done(openCaller)
    const key = presentedKey(entering.headers)
    if (key === undefined) return refuse(makeFault('unauthorized', missingText))
    const found = book.find(key)
    const address = addressOf(entering)
    // A virtual key cannot be guessed, so its holder is not shut out by a neighbour at the same address.
    if (found.kind === 'known' && found.caller.kind === 'key') return done(found.caller)
    if (found.kind === 'unavailable')
      return refuse(makeFault('access_unavailable', 'keys cannot be looked up now', { retryAfterMs: 1_000 }))
    const blockedMs = guard.blockedForMs(address)
    if (blockedMs > 0)
      return refuse(makeFault('too_many_wrong_keys', blockedText, { retryAfterMs: blockedMs }))
    if (found.kind === 'known') return done(found.caller)
    return refuse(makeFault('unauthorized', wrongText), guard.wrong(address))
  }
  return {
    enter(request, route) {
      if (route === 'public') return done(openCaller)
      const caller = identify(request)
      if (!caller.ok || mayEnter(caller.value, route)) return caller
      return refuse(makeFault('key_not_allowed', `this key may not use this endpoint: ${neededText(route)}`))
    },
  }
}

const ofSocket = ({ socket }: Entering) => socket.remoteAddress ?? ''

const missingText = 'this gateway asks for a key: send Authorization: Bearer KEY, or x-api-key: KEY'
const wrongText = 'the key is wrong, expired or revoked'
const blockedText = 'too many wrong keys came from this address'

function neededText(route: RouteScope): string {
  if (typeof route !== 'string') return `it needs the scope ${route.join(' or ')}`
  return 'it needs the scope admin over all tenants'
}

const refuse = (fault: Fault, delayMs = 0) => failed({ fault, delayMs })
