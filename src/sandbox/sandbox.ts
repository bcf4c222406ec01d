/** A simulated provider on a local port: real wire formats, made-up answers, and faults on order. */

import type { AddressInfo } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { createHttpServer } from '../base/http-server.ts'
import type { InboundAdapter } from '../protocol/adapter.ts'
import type { Dialect } from '../protocol/chat.ts'
import { type Answerer, simulatedAnswer } from './answerer.ts'
import { createRateLimits } from './rate-limits.ts'
import {
  createRuleBook,
  type Rule,
  type RuleInput,
  ruleSchema,
  type SandboxFile,
  sandboxFileSchema,
} from './rules.ts'
import { type SandboxAttempt, type SandboxWorld, serveCall } from './serve-call.ts'
import { createVectorStores } from './vector-stores.ts'

export interface Sandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string
  /** Calls so far, oldest first; the last 10,000. */
  readonly attempts: readonly SandboxAttempt[]
  /** Ms on the sandbox's clock at which callers left before their answer was whole. */
  readonly callerLeftAtMs: readonly number[]
  /** Files and vector stores that callers left. */
  stored(): { readonly stores: number; readonly files: number }
  /**
   * Puts these rules in place of all others, from the next call on and with counters at zero. Calls that are
   * being answered (or stalled) stay as they began. Throws where a rule is not valid.
   */
  setRules(rules: readonly RuleInput[]): void
  close(): Promise<void>
}

export interface SandboxOptions {
  readonly inbound: Readonly<Partial<Record<Dialect, InboundAdapter>>>
  readonly clock: Clock
  readonly file?: Partial<SandboxFile>
  readonly answerer?: Answerer
  /** 0 picks a free port. */
  readonly port?: number
  /** Told of each call as it is decided. */
  readonly onAttempt?: (attempt: SandboxAttempt) => void
}

const attemptsKept = 10_000

/** Rejects where the port is taken or the file is not valid. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { inbound, clock } = options
  const file = sandboxFileSchema.parse(options.file ?? {})
  const attempts: SandboxAttempt[] = []
  const callerLeftAtMs: number[] = []
  const stores = createVectorStores()
  let rules = createRuleBook(checked(file.rules))
  const world: SandboxWorld = {
    inbound,
    clock,
    keys: file.keys,
    tokenDelayMs: file.token_delay_ms,
    answerer: options.answerer ?? simulatedAnswer,
    rules: () => rules,
    limits: createRateLimits(file.limits, () => clock.monoMs()),
    stores,
    note(attempt: SandboxAttempt) {
      attempts.push(attempt)
      if (attempts.length > attemptsKept) attempts.shift()
      options.onAttempt?.(attempt)
    },
    left: () => void callerLeftAtMs.push(clock.monoMs()),
  }
  const server = createHttpServer((request, response) => {
    serveCall(world, request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    attempts,
    callerLeftAtMs,
    stored: stores.counts,
    setRules(given) {
      rules = createRuleBook(checked(given.map((rule) => ruleSchema.parse(rule))))
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Files are read by whoever reads the rules (`withRecordings`), so that a missing one is known before the start. */
function checked(rules: readonly Rule[]): readonly Rule[] {
  const unread = rules.find(({ replay }) => replay !== undefined && replay.text === undefined)
  if (unread) throw new Error(`the recording ${unread.replay?.file} was not read: see withRecordings`)
  return rules
}
