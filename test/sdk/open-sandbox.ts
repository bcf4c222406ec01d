/** A simulated provider in process for the real clients, and an ear for what the clients complain of. */

import assert from 'node:assert/strict'
import { after } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import type { Answerer } from '../../src/sandbox/answerer.ts'
import { type RuleInput, type SandboxFile, sandboxFileSchema } from '../../src/sandbox/rules.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'

export interface SandboxSetting {
  readonly rules?: readonly RuleInput[]
  readonly answerer?: Answerer
  readonly more?: Partial<SandboxFile>
}

/** Closed when the test file ends. */
export async function openSandbox({ rules = [], answerer, more }: SandboxSetting = {}): Promise<Sandbox> {
  const file = sandboxFileSchema.parse({ rules, ...more })
  const sandbox = await startSandbox({
    inbound: inboundAdapters,
    clock: systemClock,
    file,
    ...(answerer ? { answerer } : {}),
  })
  after(() => sandbox.close())
  return sandbox
}

/** Fails the test file where a client warned of anything while it ran. */
export function failOnWarnings(): void {
  const heard: string[] = []
  const listen = (...said: unknown[]) => void heard.push(said.map(String).join(' '))
  const { warn, error } = console
  Object.assign(console, { warn: listen, error: listen })
  process.on('warning', listen)
  after(() => {
    Object.assign(console, { warn, error })
    process.off('warning', listen)
    assert.deepEqual(heard, [])
  })
}

/** The error a call ends with; the test fails where it does not. */
export async function errorOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  return assert.fail('the call ended well')
}

/** Reads everything, so that an error on the way comes out. */
export async function drain<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const read: Item[] = []
  for await (const item of items) read.push(item)
  return read
}

export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
