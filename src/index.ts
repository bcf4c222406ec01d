/** The public face for programs that embed the engine. */

export type { Clock } from './base/clock.ts'
export type { Outcome } from './base/outcome.ts'
export type { Random } from './base/random.ts'
export {
  type CallOptions,
  type ChatAnswer,
  type ChatBody,
  createEngine,
  type EmbeddedEngine,
  type EmbeddedOptions,
  type StreamAnswer,
} from './cli/embedded-engine.ts'
export type { AnswerMeta } from './gateway/engine/engine-port.ts'
export type { Transport } from './gateway/transport/transport.ts'
export type { Fault, FaultCode } from './protocol/fault.ts'
export type { FaultClass } from './protocol/fault-kind.ts'
export type { Ledger, LedgerEntry, LedgerOutcome } from './protocol/ledger-entry.ts'
export type { StreamPart, Usage } from './protocol/reply.ts'
export { type Bus, createBus } from './record/bus.ts'
