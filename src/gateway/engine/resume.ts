/** Finishes a broken stream with another target, so that the caller gets the whole answer once. */

import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { RecoveryWay } from '../../config/config.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { Target } from '../../protocol/plan.ts'
import type { StreamPart } from '../../protocol/reply.ts'
import { type Alignment, endOf, lay, unaligned } from '../policy/align.ts'
import { recoveryWays, resumedRequest, type Said } from '../policy/recovery-ways.ts'
import { type Called, callTarget } from './call-target.ts'
import type { Lease } from './health-book.ts'
import type { Session } from './session.ts'
import { settle, type Trying } from './trying.ts'
import type { NextCall, Walk } from './walk.ts'

/** A stream that goes on where the last one broke: its parts hold only what the caller has not been sent. */
export interface Resumed {
  readonly trying: Trying
  readonly way: RecoveryWay
  readonly parts: AsyncGenerator<StreamPart, void>
  /** Books the end of this voice as tried; a stream may break a second time. */
  broke(fault: Fault): void
}

/** Finds the next target that can go on, or says why none can. */
export type Resume = (said: Said) => Promise<Outcome<Resumed, Fault>>

export function openResumer(session: Session, walk: Walk): Resume {
  return async (said) => {
    const obstacle = obstacleTo(said, allowedWays(session))
    if (obstacle !== undefined) {
      session.log.follows('give_up', obstacle)
      return failed(makeFault('upstream_cut', 'the stream cannot be finished by another target'))
    }
    for (;;) {
      const next = await walk.next((target) => cannotGoOn(session, said, target))
      if (!next.ok) return next
      const resumed = await tryTarget(session, walk, { call: next.value, said })
      if (resumed.ok) return resumed
    }
  }
}

function cannotGoOn(session: Session, said: Said, target: Target): string | undefined {
  const ways = recoveryWays(allowedWays(session), said, session.factsOf(target))
  return ways.length === 0 ? 'it cannot finish an answer in any way that is allowed' : undefined
}

interface Going {
  readonly call: NextCall
  readonly said: Said
}

/** Each allowed way in turn; a way the target refuses or departs from is no reason to leave the target. */
async function tryTarget(session: Session, walk: Walk, going: Going): Promise<Outcome<Resumed, Fault>> {
  const { target, place, key } = going.call
  const ways = recoveryWays(allowedWays(session), going.said, session.factsOf(target))
  let last: Fault = makeFault('upstream_cut', 'the stream cannot be finished by another target')
  const broke = (fault: Fault) => walk.tried({ target: place, key, fault })
  let { lease } = going.call
  for (const [at, way] of ways.entries()) {
    const outcome = await tryWay(session, { lease, said: going.said, way })
    if (outcome.ok) return done({ ...outcome.value, broke })
    last = outcome.fault
    if (!isOfTheWay(last, way)) break
    // What the way did wrong says nothing against trying the next target.
    last = last.retry === 'never' ? { ...last, retry: 'other-model' } : last
    if (at === ways.length - 1) break
    broke(last)
    const again = walk.stay(going.call)
    if (again === undefined) return failed(last)
    lease = again
    session.log.follows('retry', `${way} did not work: ${last.message}; next way`)
  }
  broke(last)
  return failed(last)
}

/** Asked anew, the request is the caller's own: what is wrong with it is wrong everywhere. */
const isOfTheWay = ({ code, class: faultClass }: Fault, way: RecoveryWay) =>
  code === 'upstream_departed' || (faultClass === 'invalid_request' && way !== 'align')

const everyWay: readonly RecoveryWay[] = ['prefill', 'align', 'continue']

const allowedWays = ({ config, asked }: Session) =>
  config.routes.get(asked.request.model)?.recovery ?? everyWay

function obstacleTo(said: Said, allowed: readonly RecoveryWay[]): string | undefined {
  if (allowed.length === 0) return 'the route does not allow another target to go on'
  if (said.finished) return 'the answer was already told to be finished'
  if (said.isDamaged) return 'what was told is damaged, and nobody can go on behind it'
  if (said.calledTool) return 'a tool call was begun, which another target cannot finish'
  if (said.isTooLong) return 'the answer is too long to be kept for another target'
  return said.manyChoices ? 'several choices were begun, which another target cannot finish' : undefined
}

type Opened = Omit<Resumed, 'broke'>

async function tryWay(
  session: Session,
  { lease, said, way }: { readonly lease: Lease; readonly said: Said; readonly way: RecoveryWay },
): Promise<Outcome<Opened, Fault>> {
  const request = resumedRequest(session.request(), way, said)
  const called = await callTarget(session, { lease, request, way })
  if (!called.ok) return called
  const { trying, answer } = called.value
  if (answer.kind !== 'stream') return failed(makeFault('upstream_malformed', 'the answer is not a stream'))
  const stream = answer.stream
  const source = eachPart(stream)
  const opening = await untilFresh(source, said, way !== 'align')
  if (opening.ok) {
    const parts = goOn(source, opening.value, { said: said.text, mustMatch: way === 'align' })
    return done({ trying, way, parts })
  }
  await source.return()
  settle(trying, { fault: opening.fault })
  return opening
}

type Stream = Extract<Called['answer'], { kind: 'stream' }>['stream']

async function* eachPart({ held, rest }: Stream): AsyncGenerator<StreamPart, void> {
  try {
    for (const chunk of held) yield* chunk.parts
    for await (const chunk of rest) yield* chunk.parts
  } finally {
    await rest.return()
  }
}

interface Opening {
  readonly alignment: Alignment
  /** Parts that are new and wait to be sent. */
  readonly first: readonly StreamPart[]
}

/** Reads on until something new was said or the answer ended; a departure or a fault before that goes unseen. */
async function untilFresh(
  source: AsyncGenerator<StreamPart, void>,
  said: Said,
  mayContinue: boolean,
): Promise<Outcome<Opening, Fault>> {
  const options = { said: said.text, mustMatch: !mayContinue }
  /** Some providers count before they finish. */
  const counted: StreamPart[] = []
  let alignment: Alignment = unaligned
  for (;;) {
    const next = await source.next()
    if (next.done) return failed(makeFault('upstream_cut', 'the stream ended before it went on'))
    const part = next.value
    if (part.kind === 'broken') return failed(part.fault)
    if (part.kind === 'usage') counted.push(part)
    if (part.kind === 'text') {
      const laid = lay(alignment, part.text, options)
      alignment = laid.alignment
      if (alignment.kind === 'departed') return failed(departed())
      if (laid.fresh !== '') return done({ alignment, first: [...counted, { ...part, text: laid.fresh }] })
      continue
    }
    if (part.kind === 'tool_call') return done({ alignment: { kind: 'aligned' }, first: [...counted, part] })
    if (part.kind !== 'finish') continue
    const ended = endOf(alignment, options)
    if (ended.alignment.kind === 'departed') return failed(departed())
    const rest: StreamPart[] = ended.fresh === '' ? [] : [{ kind: 'text', choice: 0, text: ended.fresh }]
    return done({ alignment: ended.alignment, first: [...counted, ...rest, part] })
  }
}

const departed = () =>
  makeFault('upstream_departed', 'asked anew, the target gave another answer than the one already begun')

/** Thinking is not told a second time. */
async function* goOn(
  source: AsyncGenerator<StreamPart, void>,
  opening: Opening,
  options: { readonly said: string; readonly mustMatch: boolean },
): AsyncGenerator<StreamPart, void> {
  let { alignment } = opening
  yield* opening.first
  for await (const part of source) {
    if (part.kind === 'start' || part.kind === 'reasoning' || part.kind === 'reasoning_state') continue
    if (part.kind !== 'text') {
      yield part
      continue
    }
    const laid = lay(alignment, part.text, options)
    alignment = laid.alignment
    if (laid.fresh !== '') yield { ...part, text: laid.fresh }
  }
}
