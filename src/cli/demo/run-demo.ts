/** `demo`: a small load through the official client while the providers behind the gateway break one after the other. */

import { join } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import type { CommonOptions } from '../options.ts'
import { complain, dataDirectory, print } from '../options.ts'
import { createCallCount } from './call-count.ts'
import { type Caller, loadCaller } from './caller.ts'
import { demoModel, demoRoute } from './demo-config.ts'
import { type DemoWorld, openDemoWorld } from './demo-world.ts'
import type { DemoResult } from './report.ts'
import { reportText } from './report.ts'
import { type Scene, sceneAt } from './scenes.ts'
import { openScreen, type Screen } from './screen.ts'
import { createTally, tallyTopics } from './tally.ts'

export interface DemoOptions extends CommonOptions {
  /** How long, s; 5 to 600. */
  readonly seconds: string
  /** Requests a second; 1 to 100. */
  readonly rate: string
}

/** Calls that are open at the end are waited for this long, ms. */
const graceMs = 3_000
const redrawMs = 250

/** Exit code 0 only if no caller of the gateway met a failure. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const seconds = within(options.seconds, 5, 600)
  const rate = within(options.rate, 1, 100)
  if (seconds === undefined || rate === undefined) {
    complain('--seconds must be a whole number from 5 to 600, and --rate from 1 to 100')
    return 2
  }
  const callers = await loadCaller()
  const dataDir = join(dataDirectory(options), 'demo')
  const world = callers.ok ? await openDemoWorld(dataDir, seconds) : callers
  if (!callers.ok || !world.ok) {
    complain(world.ok ? 'the demo cannot begin' : world.fault)
    return 1
  }
  const direct = callers.value(world.value.firstAddress)
  const through = callers.value(world.value.address)
  const result = await play({ world: world.value, through, direct, seconds, rate, options })
  await world.value.close()
  print(options.json ? JSON.stringify({ simulated: true, ...result }) : reportText(result, dataDir))
  return result.through.failed === 0 ? 0 : 1
}

function within(text: string, least: number, most: number): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : undefined
}

interface Play {
  readonly world: DemoWorld
  readonly through: Caller
  readonly direct: Caller
  readonly seconds: number
  readonly rate: number
  readonly options: DemoOptions
}

async function play({ world, through, direct, seconds, rate, options }: Play): Promise<DemoResult> {
  const counts = { through: createCallCount(), direct: createCallCount() }
  const tally = createTally(systemClock.wallMs)
  world.bus.subscribe(tallyTopics, tally.take)
  const screen: Screen = openScreen({ isSilent: Boolean(options.quiet || options.json) })
  const stop = new AbortController()
  const interrupt = () => stop.abort()
  process.once('SIGINT', interrupt)
  const open = new Set<Promise<void>>()
  const begin = (caller: Caller, count: ReturnType<typeof createCallCount>, model: string, at: number) => {
    count.sent()
    const ask = { model, prompt: `request ${at}`, stream: at % 2 === 0, signal: giveUp.signal }
    const call = caller(ask).then((outcome) => {
      count.ended(outcome)
      open.delete(call)
    })
    open.add(call)
  }
  const giveUp = new AbortController()
  const startMs = systemClock.monoMs()
  let scene: Scene | undefined
  let drawnMs = 0
  const view = () => ({ through: counts.through.view(), direct: counts.direct.view(), gateway: tally.view() })
  for (let at = 1; at <= seconds * rate && !stop.signal.aborted; at += 1) {
    const share = (at - 1) / (seconds * rate)
    const now = sceneAt(share)
    if (now !== scene) {
      world.play(now)
      screen.scene(now, share * seconds)
      scene = now
    }
    begin(through, counts.through, demoRoute, at)
    begin(direct, counts.direct, demoModel, at)
    await systemClock.sleep(Math.max(0, startMs + (at * 1_000) / rate - systemClock.monoMs()))
    if (systemClock.monoMs() - drawnMs < redrawMs) continue
    drawnMs = systemClock.monoMs()
    screen.draw(view(), now, share)
  }
  process.removeListener('SIGINT', interrupt)
  await settle(open, giveUp)
  screen.close()
  return { seconds, rate, ...view() }
}

/** Calls that nobody will answer any more are given up after the grace time. */
async function settle(open: ReadonlySet<Promise<void>>, giveUp: AbortController): Promise<void> {
  const endMs = systemClock.monoMs() + graceMs
  while (open.size > 0 && systemClock.monoMs() < endMs) await systemClock.sleep(25)
  giveUp.abort()
  await Promise.all(open)
}
