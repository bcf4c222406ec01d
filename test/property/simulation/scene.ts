/** All that one seed decides before anything runs: plain data. */

import type { Config, RecoveryWay } from '../../../src/config/config.ts'
import type { Extension } from '../../../src/protocol/extension.ts'
import type { Target } from '../../../src/protocol/plan.ts'

export type Wait =
  | { readonly form: 'seconds' | 'ms' | 'date' | 'reset'; readonly forMs: number }
  /** A header that names no time. */
  | { readonly form: 'hostile'; readonly header: string }
  | { readonly form: 'none' }

/** What a provider does with a call. */
export type Doing =
  | { readonly kind: 'answer' }
  | {
      readonly kind: 'error'
      readonly status: number
      readonly code: string
      readonly wait: Wait
      /** The body of the error never ends. */
      readonly stalls: boolean
      /** It comes late, ms; 0 means as soon as others. */
      readonly lateMs: number
    }
  | { readonly kind: 'refused' | 'connect_timeout' | 'silent' | 'html' | 'empty' | 'pings' | 'compressed' }
  | { readonly kind: 'slow'; readonly headMs: number; readonly pieceMs: number }
  /** `share` of the answer's text is sent, 0 to 1. */
  | { readonly kind: 'stall' | 'reset' | 'cut'; readonly share: number }
  | { readonly kind: 'malformed' | 'error_in_band'; readonly share: number }

/** A time in which a provider, or one of its models or keys, does something else than answer. */
export interface Spell {
  readonly fromMs: number
  readonly untilMs: number
  readonly model?: string
  readonly key?: string
  readonly doing: Doing
  /** Share of calls that meet it, 0 to 1. */
  readonly share: number
  /** On and off in turns of this length, ms. */
  readonly everyMs?: number
}

export interface KeyScene {
  readonly secret: string
  readonly revokedAtMs: number
  /** Not configured at first; a reload may add it. */
  readonly isSpare: boolean
}

/** What a model makes of an answer that another one began. */
export type GoingOn =
  /** Goes on, with a space before its first word or without one. */
  | 'spaced'
  | 'plain'
  /** Says everything again and goes on behind it. */
  | 'repeats'
  /** Takes no prefill, whatever the catalogue says. */
  | 'refuses'

export interface ModelScene {
  readonly name: string
  /** Tokens; a large request does not fit below 10,000. */
  readonly contextTokens: number
  /** The catalogue knows the context. */
  readonly isStated: boolean
  /** The catalogue says that it takes prefill. */
  readonly prefill: boolean
  readonly goingOn: GoingOn
  /** USD for each request, whatever its size; tokens add less than a tenth of a cent. */
  readonly priceUsd: number
}

export interface ProviderScene {
  readonly name: string
  readonly keys: readonly KeyScene[]
  readonly models: readonly ModelScene[]
  readonly spells: readonly Spell[]
}

/** `storm` while providers fail; `calm` 1 to 3 when all is well again, the third a day later. */
export type Phase = 'storm' | 'calm1' | 'calm2' | 'calm3'

export interface RequestScene {
  readonly id: string
  readonly atMs: number
  readonly phase: Phase
  /** What the caller puts in `model`. */
  readonly model: string
  /** Names in the caller's own order, instead of `model`. */
  readonly models?: readonly string[]
  /** The targets that stand behind it, in the order in which they are wanted. */
  readonly wanted: readonly Target[]
  readonly stream: boolean
  readonly extension: Extension
  /** The fault with which it is refused before anything is planned. */
  readonly refusedAs?: 'unknown_model' | 'cost_cap_exceeded'
  readonly tenant: string
  /** Ways in which a broken stream may be finished. */
  readonly recovery: readonly RecoveryWay[]
  readonly speech: Speech
  /** Ms for everything, by configuration and wish. */
  readonly totalMs: number
  /** Ms for a stream whose first content came within `totalMs`, where that is longer. */
  readonly streamMs?: number
  /** What is wrong with the request itself, if anything. */
  readonly flaw?: 'invalid' | 'policy' | 'large'
  /** The caller goes away: so long after asking, or on receiving so many chunks. */
  readonly leaves?: { readonly afterMs: number } | { readonly afterChunks: number }
  /** The caller takes so long over each chunk. */
  readonly readForMs: number
}

/** How models answer the request. */
export interface Speech {
  /** All in the same words, or each call in its own. */
  readonly voice: 'same' | 'own'
  /** Where the pieces of a stream are cut: after a space, before it, or anywhere. */
  readonly cut: 'after' | 'before' | 'anywhere'
}

export interface LedgerScene {
  readonly delayMs: number
  /** In these times nothing is confirmed. */
  readonly outages: readonly { readonly fromMs: number; readonly untilMs: number }[]
}

/** The time in which providers fail. */
export interface Storm {
  readonly stormMs: number
  /** Many callers at few targets. */
  readonly isDense: boolean
}

export interface Scene {
  readonly seed: number
  readonly providers: readonly ProviderScene[]
  /** The first holds from the start, each further one from its time on. */
  readonly configs: readonly { readonly fromMs: number; readonly config: Config }[]
  readonly requests: readonly RequestScene[]
  readonly ledger: LedgerScene
  readonly wallSteps: readonly { readonly atMs: number; readonly byMs: number }[]
  /** From here on every provider answers; only revoked keys stay so. */
  readonly calmAtMs: number
  readonly endMs: number
}

/** The configuration in force. */
export function configAt({ configs }: Pick<Scene, 'configs'>, atMs: number): Config {
  const found = configs.findLast(({ fromMs }) => fromMs <= atMs) ?? configs[0]
  if (found === undefined) throw new Error('a scene has a configuration')
  return found.config
}
