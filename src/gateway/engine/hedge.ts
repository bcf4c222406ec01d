/** Calls a target, and where a route hedges a second one beside it after a while: the first to answer wins, the other is ended. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import { firstOf, Stop } from '../../base/stop-signal.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import { type Called, callTarget } from './call-target.ts'
import type { Session } from './session.ts'
import { settle, type Trying } from './trying.ts'
import type { NextCall, Walk } from './walk.ts'

export interface Landed {
  readonly at: NextCall
  readonly called: Called
}

/** Undefined where no second call may be made beside this one. What fails is told to the walk; the fault returned is the last. */
export function raceFrom(
  session: Session,
  walk: Walk,
  at: NextCall,
): Promise<Outcome<Landed, Fault>> | undefined {
  const afterMs = hedgeDelay(session, at)
  return afterMs === undefined ? undefined : race(session, walk, { at, afterMs })
}

/** One call alone. */
export function landAlone(walk: Walk, at: NextCall, called: Outcome<Called, Fault>): Outcome<Landed, Fault> {
  if (called.ok) return done({ at, called: called.value })
  walk.tried({ target: at.place, key: at.key, fault: called.fault })
  return called
}

function hedgeDelay({ config, asked, health }: Session, { target }: NextCall): number | undefined {
  const hedge = config.routes.get(asked.request.model)?.hedge
  return hedge?.isOn ? health.hedgeAfterMs(target, asked.request.stream, hedge) : undefined
}

interface Run {
  readonly at: NextCall
  readonly stop: Stop
  readonly ended: Promise<Outcome<Called, Fault>>
  readonly state: { trying: Trying | undefined; isLost: boolean }
}

interface Beside {
  readonly at: NextCall
  readonly afterMs: number
}

async function race(session: Session, walk: Walk, { at, afterMs }: Beside): Promise<Outcome<Landed, Fault>> {
  const first = start(session, at)
  const isLate = !(await endsWithin(session, first, afterMs))
  const beside = isLate ? walk.beside(at) : undefined
  if (beside === undefined) return land(walk, [first])
  const waited = `${at.target.provider}/${at.target.model} had not answered after ${Math.round(afterMs)} ms`
  if (first.state.trying) first.state.trying.hedge = { isSecond: false }
  return land(walk, [first, start(session, beside, waited)])
}

function start(session: Session, at: NextCall, because?: string): Run {
  const stop = new Stop()
  const signal = firstOf(session.asked.signal, stop)
  const state: Run['state'] = { trying: undefined, isLost: false }
  const ended = callTarget(session, {
    lease: at.lease,
    request: session.request(),
    beside: {
      signal,
      isLost: () => state.isLost,
      begun(trying) {
        if (because !== undefined) trying.hedge = { isSecond: true, because }
        state.trying = trying
      },
    },
  })
  return { at, stop, ended, state }
}

/** Leaves no timer behind. */
function endsWithin({ parts }: Session, run: Run, forMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = parts.clock.after(forMs, () => resolve(false))
    void run.ended.then(() => {
      cancel()
      resolve(true)
    })
  })
}

/** The first to answer; or, where none does, all faults, the furthest target's last. */
async function land(walk: Walk, runs: readonly Run[]): Promise<Outcome<Landed, Fault>> {
  const faults: Failed[] = []
  let running = runs
  while (running.length > 0) {
    const ends = running.map(async (run) => ({ run, outcome: await run.ended }))
    const { run, outcome } = await Promise.race(ends)
    running = running.filter((one) => one !== run)
    if (outcome.ok) {
      for (const other of running) faults.push({ at: other.at, fault: lose(other, run.at) })
      // Every call is an attempt, also one that lost.
      tell(walk, faults)
      return done({ at: run.at, called: outcome.value })
    }
    faults.push({ at: run.at, fault: outcome.fault })
  }
  // A fault that no other attempt can change decides; else the furthest target's, from which the walk goes on.
  const isFinal = ({ fault }: Failed) => Number(fault.retry === 'never')
  faults.sort((one, other) => isFinal(one) - isFinal(other) || one.at.place - other.at.place)
  tell(walk, faults)
  return failed(faults.at(-1)?.fault ?? makeFault('internal', 'no target was called'))
}

interface Failed {
  readonly at: NextCall
  readonly fault: Fault
}

function tell(walk: Walk, faults: readonly Failed[]): void {
  for (const { at, fault } of faults) walk.tried({ target: at.place, key: at.key, fault })
}

/** Booked at once: the provider may take its time to notice. */
function lose(run: Run, { target }: NextCall): Fault {
  const fault = makeFault('hedge_lost', `${target.provider}/${target.model} answered first`)
  run.state.isLost = true
  run.stop.abort()
  if (run.state.trying) settle(run.state.trying, { fault })
  return fault
}
