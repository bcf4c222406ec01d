/** Takes what requests are held to: in this process always, and in the Redis that processes share while it answers. */

import type { Clock } from '../../base/clock.ts'
import { firstOf, Stop, type StopSignal } from '../../base/stop-signal.ts'
import type { BudgetClaim, Claim, Grant, Spent, Standing } from './claim.ts'
import { type LimitStore, microUsdOf } from './limit-store.ts'
import { createMemoryLimits } from './memory-limits.ts'
import type { SharedLimits } from './redis-limits.ts'

/** What was taken, until the request has ended. */
export interface Hold {
  readonly standings: readonly Standing[]
  /** Only the first call counts. */
  settle(spent?: Spent): void
}

export type Refusal = Extract<Grant, { granted: false }>

export type Taken =
  | { readonly granted: true; readonly hold: Hold }
  | { readonly granted: false; readonly refusal: Refusal }

/** A budget passed a share of its limit by what was spent last. */
export interface BudgetMark {
  readonly name: string
  readonly share: 0.8 | 1
  readonly limitMicroUsd: number
}

export interface Limits {
  take(holder: string, claims: readonly Claim[]): Promise<Taken> | Taken
  /** Resolves when something set aside was given back in this process, or after `forMs`. */
  givenBack(forMs: number, signal: StopSignal): Promise<void>
  /** What was spent before this process began; `isTold` where the shared store is to be told of it by this process. */
  addSpent(spent: EarlierSpent, isTold: boolean): void
  budget(name: string): { readonly spentMicroUsd: number; readonly setAsideMicroUsd: number }
}

export interface EarlierSpent {
  /** Of the budget and its period. */
  readonly name: string
  readonly microUsd: number
  readonly endsInMs: number
}

export interface LimitsParts {
  readonly clock: Clock
  readonly shared?: SharedLimits | undefined
  /** The shared store forgets with its processes, so that it must be told too what was spent before. */
  readonly sharesRestored?: boolean
  /** Calls back when the shared store is there again. */
  readonly onBack?: (then: () => void) => void
  readonly onMark?: (mark: BudgetMark) => void
}

const nothingTaken: Hold = { standings: [], settle: () => {} }

export function createLimits(parts: LimitsParts): Limits {
  const { clock, shared, sharesRestored, onBack, onMark } = parts
  const local = createMemoryLimits(clock)
  const waiting = new Set<() => void>()
  const outbox = shared && createOutbox(shared)
  onBack?.(() => void outbox?.send())
  const settled = (claims: readonly Claim[], spent: Spent) => {
    for (const claim of claims) if (claim.kind === 'budget') mark(local, { claim, spent, onMark })
    if (waiting.size === 0) return
    const woken = [...waiting]
    waiting.clear()
    for (const wake of woken) wake()
  }
  const localHold = (holder: string, claims: readonly Claim[], standings: readonly Standing[]): Hold => {
    const tookAtMs = local.nowMs()
    return once(standings, (spent) => {
      local.settle(holder, claims, { ...spent, tookAtMs })
      settled(claims, spent)
    })
  }
  return {
    budget: local.budget,
    addSpent({ name, microUsd, endsInMs }, isTold) {
      local.addSpent(name, microUsd, endsInMs)
      if (!isTold || !sharesRestored) return
      const claim: BudgetClaim = {
        kind: 'budget',
        name,
        limitMicroUsd: 0,
        amountMicroUsd: microUsd,
        endsInMs,
        holdForMs: 1,
      }
      void shared?.settle('before', [claim], { microUsd, tookAtMs: 0 })
    },
    take(holder, claims) {
      if (claims.length === 0) return { granted: true, hold: nothingTaken }
      const grant = local.take(holder, claims)
      if (!grant.granted) return { granted: false, refusal: grant }
      const hold = localHold(holder, claims, grant.standings)
      return shared && outbox ? takeShared({ shared, outbox, hold }, holder, claims) : { granted: true, hold }
    },
    async givenBack(forMs, signal) {
      const woken = new Stop()
      const wake = () => woken.abort()
      waiting.add(wake)
      await clock.sleep(forMs, firstOf(signal, woken))
      waiting.delete(wake)
    },
  }
}

interface Sharing {
  readonly shared: SharedLimits
  readonly outbox: Outbox
  /** What the request took in this process. */
  readonly hold: Hold
}

/** What this process counts is part of what all count together, so that it can go on with it when Redis is away. */
async function takeShared(
  { shared, outbox, hold }: Sharing,
  holder: string,
  claims: readonly Claim[],
): Promise<Taken> {
  const answer = await shared.take(holder, claims)
  if (!answer.ok) {
    const away = once(hold.standings, (spent) => {
      hold.settle(spent)
      outbox.spent(claims, spent)
    })
    return { granted: true, hold: away }
  }
  const grant = answer.value
  if (!grant.granted) {
    hold.settle(nothing)
    return { granted: false, refusal: grant }
  }
  const { tookAtMs } = grant
  const both = once(grant.standings, (spent) => {
    hold.settle(spent)
    void shared.settle(holder, claims, { ...spent, tookAtMs }).then((told) => {
      if (!told.ok) outbox.spent(claims, spent)
    })
  })
  return { granted: true, hold: both }
}

const nothing: Spent = { tokens: 0, microUsd: 0 }

function once(standings: readonly Standing[], settle: (spent: Spent) => void): Hold {
  let isSettled = false
  return {
    standings,
    settle(spent = {}) {
      if (isSettled) return
      isSettled = true
      settle(spent)
    },
  }
}

/** Money that was spent while Redis was away: told when it is back, so that no budget forgets it. */
interface Outbox {
  spent(claims: readonly Claim[], spent: Spent): void
  send(): Promise<void>
}

/** Budgets in the outbox; there are as many as keys and periods. */
const outboxLimit = 10_000

function createOutbox(shared: SharedLimits): Outbox {
  const owed = new Map<string, BudgetClaim>()
  return {
    spent(claims, spent) {
      for (const claim of claims) {
        const microUsd = microUsdOf(claim, spent)
        if (claim.kind !== 'budget' || microUsd === 0 || owed.size >= outboxLimit) continue
        const before = owed.get(claim.name)?.amountMicroUsd ?? 0
        owed.set(claim.name, { ...claim, amountMicroUsd: before + microUsd })
      }
    },
    async send() {
      for (const [name, claim] of [...owed]) {
        owed.delete(name)
        const told = await shared.settle('outbox', [claim], {
          microUsd: claim.amountMicroUsd,
          tookAtMs: 0,
        })
        if (!told.ok) return void owed.set(name, claim)
      }
    },
  }
}

interface Marking {
  readonly claim: BudgetClaim
  readonly spent: Spent
  readonly onMark: LimitsParts['onMark']
}

/** Told once: by whoever's cost carried the budget over the mark. */
function mark(local: LimitStore, { claim, spent, onMark }: Marking): void {
  const after = local.budget(claim.name).spentMicroUsd
  const before = after - microUsdOf(claim, spent)
  for (const share of [0.8, 1] as const) {
    const at = claim.limitMicroUsd * share
    if (before < at && after >= at) onMark?.({ name: claim.name, share, limitMicroUsd: claim.limitMicroUsd })
  }
}
