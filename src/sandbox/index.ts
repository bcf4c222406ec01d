/** Simulated providers for tests of programs that use the gateway. */

export type { Answerer } from './answerer.ts'
export { createFakeClock, type FakeClock } from './fake-clock.ts'
export { openSandbox } from './open-sandbox.ts'
export type { RuleInput } from './rules.ts'
export type { Sandbox, SandboxOptions } from './sandbox.ts'
export {
  createScriptedTransport,
  type Script,
  type ScriptedAnswer,
  type ScriptedTransport,
} from './scripted-transport.ts'
export type { SandboxAttempt } from './serve-call.ts'
