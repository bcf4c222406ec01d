/** What the demo shows while it runs: a table drawn in place on a terminal, a line for each scene elsewhere. */

import Table from 'cli-table3'
import type { CallCounts } from './call-count.ts'
import { conditions, providerNames, type Scene } from './scenes.ts'
import type { DemoCounts } from './tally.ts'

export interface DemoView {
  /** Calls through the gateway. */
  readonly through: CallCounts
  /** The same calls made to the first provider alone. */
  readonly direct: CallCounts
  readonly gateway: DemoCounts
}

export interface Screen {
  scene(scene: Scene, atS: number): void
  draw(view: DemoView, scene: Scene, share: number): void
  close(): void
}

export function openScreen({ isSilent }: { readonly isSilent: boolean }): Screen {
  const nothing = () => {}
  if (isSilent) return { scene: nothing, draw: nothing, close: nothing }
  const out = process.stdout
  const isLive = out.isTTY === true
  let lines = 0
  const scene = ({ says }: Scene, atS: number) => {
    if (!isLive) out.write(`${atS.toFixed(1).padStart(6)} s  ${says}\n`)
  }
  const draw = (view: DemoView, now: Scene, share: number) => {
    if (!isLive) return
    const text = viewText(view, now, share)
    // Up to the first line of the last picture, and away with everything below.
    out.write(`${lines > 0 ? `\u001b[${lines}A\u001b[J` : ''}${text}\n`)
    lines = text.split('\n').length
  }
  return { scene, draw, close: nothing }
}

/** One picture of the running demo. */
export function viewText({ through, direct, gateway }: DemoView, scene: Scene, share: number): string {
  const providers = new Table({
    head: ['provider', 'now', 'attempts', 'failed', 'circuit', 'keys free'],
    style,
  })
  for (const name of providerNames) {
    const { attempts, failures, circuit, keysFree } = gateway.providers[name]
    providers.push([name, conditions[scene.now[name]].says, attempts, failures, circuit, keysFree])
  }
  const callers = new Table({ head: ['callers', 'sent', 'answered', 'failed', 'p50'], style })
  callers.push(row('through the gateway', through), row('first provider alone', direct))
  return [`SIMULATED providers. ${bar(share)} ${scene.says}`, providers.toString(), callers.toString()].join(
    '\n',
  )
}

const style = { head: [], border: [] }

const row = (name: string, { sent, answered, failed, p50Ms }: CallCounts) => [
  name,
  sent,
  answered,
  failed,
  p50Ms === undefined ? '' : `${p50Ms} ms`,
]

function bar(share: number): string {
  const full = Math.round(share * 20)
  return `[${'#'.repeat(full)}${'-'.repeat(20 - full)}] ${String(Math.round(share * 100)).padStart(3)} %`
}
