/** Runs one scene through the real engine on a fake clock, and records all that can be seen from outside. */

import { getEventListeners } from 'node:events'
import type { Clock } from '../../../src/base/clock.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { openaiOutbound } from '../../../src/gateway/adapters/openai/adapter.ts'
import { createEngine } from '../../../src/gateway/engine/engine.ts'
import type { Engine, EngineParts } from '../../../src/gateway/engine/engine-port.ts'
import { defaultPolicies, type Policies } from '../../../src/gateway/policy/policies.ts'
import type { Publish, Topic } from '../../../src/protocol/events.ts'
import { createBus } from '../../../src/record/bus.ts'
import { topicSeverities } from '../../../src/record/topics.ts'
import { createFakeClock } from '../../../src/sandbox/fake-clock.ts'
import { createScriptedTransport } from '../../../src/sandbox/scripted-transport.ts'
import { type Bare, runCaller, type TakeNote } from './caller.ts'
import { priceOf } from './draw-requests.ts'
import type { EventNote, History, Note } from './history.ts'
import { type ScriptedCall, scriptCall } from './provider-script.ts'
import { configAt, type Scene } from './scene.ts'

/** What a defect may put in the place of the real thing. */
export interface Replaced {
  readonly policies?: Partial<Policies>
  readonly parts?: (parts: EngineParts) => EngineParts
  readonly engine?: (engine: Engine) => Engine
}

export interface SimulateOptions extends Replaced {
  /** False leaves the wall clock alone. */
  readonly wallSteps?: boolean
  /** A subscriber of every event that throws. */
  readonly throwingObserver?: boolean
}

/** More calls or decisions than this are a loop: the engine is stopped by an exception. */
const mostCallsOfARequest = 60
const mostSteps = 20_000

export async function simulate(scene: Scene, options: SimulateOptions = {}): Promise<History> {
  const time = createFakeClock()
  const clock = steppedClock(time, scene, options.wallSteps ?? true)
  const notes: Note[] = []
  const note: TakeNote = (bare: Bare<Note>) => void notes.push({ atMs: clock.monoMs(), ...bare })
  const parts = { ...engineParts(scene, clock, note), publish: openPublish(clock, note, options) }
  const made = createEngine(options.parts ? options.parts(parts) : parts, guarded(options.policies))
  const engine = options.engine ? options.engine(made) : made
  const unhandled: string[] = []
  const onUnhandled = (reason: unknown) => void unhandled.push(String(reason))
  process.on('unhandledRejection', onUnhandled)
  const signals: Promise<AbortSignal>[] = []
  let mostRunning = 0
  for (const request of scene.requests)
    time.after(request.atMs, () => {
      signals.push(runCaller({ engine, clock: time, note }, request))
      mostRunning = Math.max(mostRunning, engine.running())
    })
  await time.advance(scene.endMs)
  process.off('unhandledRejection', onUnhandled)
  return {
    scene,
    notes,
    left: {
      timers: time.pending(),
      listeners: await countListeners(signals),
      running: engine.running(),
      mostRunning,
      unhandled,
    },
  }
}

/** A caller who still waits holds no count: `running` tells of it. */
async function countListeners(signals: readonly Promise<AbortSignal>[]): Promise<number> {
  const open = Promise.resolve(undefined)
  const ended = await Promise.all(signals.map((signal) => Promise.race([signal, open.then(() => open)])))
  return ended.reduce((sum, signal) => sum + (signal ? getEventListeners(signal, 'abort').length : 0), 0)
}

function steppedClock(time: Clock, scene: Scene, steps: boolean): Clock {
  if (!steps) return time
  return {
    ...time,
    wallMs: () =>
      scene.wallSteps.reduce(
        (wallMs, { atMs, byMs }) => (time.monoMs() >= atMs ? wallMs + byMs : wallMs),
        time.wallMs(),
      ),
  }
}

function engineParts(scene: Scene, clock: Clock, note: TakeNote): Omit<EngineParts, 'publish'> {
  return {
    adapters: { openai: openaiOutbound },
    config: () => configAt(scene, clock.monoMs()),
    transport: openTransport(scene, clock, note),
    clock,
    random: seededRandom(scene.seed ^ 0x5eed),
    fingerprint: (key) => `key_${key}`,
    catalogue: {
      facts: (provider, model) => {
        const known = scene.providers
          .find(({ name }) => name === provider.name)
          ?.models.find(({ name }) => name === model)
        return {
          ...(known?.isStated ? { contextTokens: known.contextTokens } : {}),
          ...(known?.prefill ? { prefill: true } : {}),
        }
      },
      costUsd: (target, { input, output }) =>
        (priceOf(scene.providers, target) + input * 1e-6 + output * 1e-6).toFixed(6),
      knows: () => false,
    },
    notary: openNotary(scene, clock, note),
  }
}

function openTransport(scene: Scene, clock: Clock, note: TakeNote): EngineParts['transport'] {
  const requests = new Map(scene.requests.map((request) => [request.id, request]))
  const owners: string[] = []
  const counts = new Map<string, number>()
  return createScriptedTransport(
    clock,
    ({ origin, model, key, body, atMs }, index) => {
      const messages = body['messages'] as { role: string; content: string }[]
      const request = requests.get(messages[0]?.content.split(' ')[0] ?? '')
      if (request === undefined) throw new Error('a call of no request')
      owners[index] = request.id
      const count = (counts.get(request.id) ?? 0) + 1
      counts.set(request.id, count)
      if (count > mostCallsOfARequest) throw new Error(`more than ${mostCallsOfARequest} calls`)
      const provider = origin.slice('http://'.length).split('.')[0] ?? ''
      const call: ScriptedCall = {
        index,
        atMs,
        provider,
        model,
        key,
        stream: body['stream'] === true,
        request,
        ...(messages[1] ? { resumes: { said: messages[1].content, way: wayOf(messages) } } : {}),
      }
      const { answer, truth } = scriptCall(scene, call)
      note({ what: 'called', request: request.id, call: index, provider, model, key: `key_${key}`, truth })
      return answer
    },
    ({ end }, call) => note({ what: 'call_over', request: owners[call] ?? '', call, end: end ?? 'told' }),
  )
}

const wayOf = (messages: readonly { readonly role: string }[]) =>
  messages.at(-1)?.role === 'assistant' ? 'prefill' : 'continue'

function openNotary({ ledger }: Scene, clock: Clock, note: TakeNote): EngineParts['notary'] {
  const commit = async () => {
    const atMs = clock.monoMs()
    if (ledger.delayMs > 0) await clock.sleep(ledger.delayMs)
    return { ok: !ledger.outages.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs) }
  }
  return {
    hashPrompt: ({ messages }) => `hash of ${messages.length}`,
    hashText: (text) => `hash of ${text.length}`,
    openTextHash() {
      let length = 0
      return {
        update: (text) => {
          length += text.length
        },
        digest: () => `hash of ${length}`,
      }
    },
    async intend({ requestId }) {
      const written = await commit()
      note({ what: 'intended', request: requestId, ok: written.ok })
      return written
    },
    async record(live) {
      // What is handed over is what holds, whatever is noted later.
      const entry = { ...live, attempts: [...live.attempts], resilienceEvents: [...live.resilienceEvents] }
      const written = await commit()
      note({ what: 'entered', request: entry.requestId, ok: written.ok, entry })
      return written
    },
  }
}

/** Events are noted as they are published; the real bus serves a subscriber that throws. */
function openPublish(clock: Clock, note: TakeNote, { throwingObserver }: SimulateOptions): Publish {
  const bus = createBus({ clock, source: 'simulation' })
  if (throwingObserver)
    bus.subscribe(Object.keys(topicSeverities) as Topic[], () => {
      throw new Error('a defective observer')
    })
  return (topic, payload, about) => {
    const request = about?.requestId
    const event: EventNote = {
      what: 'event',
      topic,
      ...(request ? { request } : {}),
      payload: { ...payload },
    }
    note(event)
    bus.publish(topic, payload, about)
  }
}

/** The policies with a bound on decisions, so that a defective one cannot loop for ever. */
function guarded(replaced: Partial<Policies> = {}): Policies {
  const policies = { ...defaultPolicies, ...replaced }
  let steps = 0
  return {
    ...policies,
    nextStep(situation) {
      steps += 1
      if (steps > mostSteps) throw new Error(`more than ${mostSteps} decisions`)
      return policies.nextStep(situation)
    },
  }
}
