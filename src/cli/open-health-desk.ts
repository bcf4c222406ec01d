/** What operators order by hand, carried out here and in the other processes of this gateway. */

import type { Engine } from '../gateway/engine/engine-port.ts'
import { carryOut } from '../server/health/health-order.ts'
import type { HealthDesk } from '../server/health/health-routes.ts'
import type { AsWorker } from './workers/as-worker.ts'

/** `worker` is absent in a gateway that is alone. What others were told is carried out from here on. */
export function openHealthDesk(engine: Engine, worker: AsWorker | undefined): HealthDesk {
  worker?.followOrders((order) => void carryOut(engine, order))
  return {
    standing: () => ({ circuits: engine.circuits(), keys: engine.keys() }),
    carryOut(order) {
      const carried = carryOut(engine, order)
      if (carried.ok) worker?.passOn(order)
      return carried
    },
  }
}
