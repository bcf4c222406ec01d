/** What one worker says and all are to know, those too that are started again: where the first is, what is isolated. */

import type { ChildProcess } from 'node:child_process'
import type { FirstAddress, Message, PassedOrder } from './ipc.ts'

export interface Notices {
  hear(message: Message, from: ChildProcess): void
  greet(worker: ChildProcess, number: number): void
}

export function openNotices(live: ReadonlyMap<number, ChildProcess>): Notices {
  let first: FirstAddress | undefined
  const isolated = new Map<string, PassedOrder>()
  return {
    hear(message, from) {
      if (message.kind === 'first') first = message
      else if (message.kind === 'order') keepOrder(isolated, message)
      else return
      for (const other of live.values()) if (other !== from) other.send(message)
    },
    greet(worker, number) {
      if (first && number !== 1) worker.send(first)
      for (const order of isolated.values()) worker.send(order)
    },
  }
}

function keepOrder(isolated: Map<string, PassedOrder>, passed: PassedOrder): void {
  const { kind, target, key } = passed.order
  const name = JSON.stringify([target, key])
  isolated.delete(name)
  if (kind === 'isolate') isolated.set(name, passed)
}
