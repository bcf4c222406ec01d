/** `sandbox`: a simulated provider as a program of its own, with one line for each call. */

import { systemClock } from '../base/clock.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { type SandboxFile, sandboxFileSchema } from '../sandbox/rules.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { inboundAdapters } from './adapters.ts'
import { sandboxAnswerer } from './analyses/open-analyst.ts'
import { callJson, callLine } from './call-line.ts'
import { type CommonOptions, complain, portOf, portTrouble, print } from './options.ts'
import { readRules } from './read-rules.ts'

export interface SandboxCommandOptions extends CommonOptions {
  readonly rules?: string
  readonly port: string
}

export async function runSandbox(options: SandboxCommandOptions): Promise<number> {
  const port = portOf(options.port)
  if (!port.ok) return wrongUse(port.fault)
  const file = options.rules === undefined ? done(sandboxFileSchema.parse({})) : readRules(options.rules)
  if (!file.ok) return wrongUse(file.fault)
  const sandbox = await start(options, file.value, port.value)
  if (!sandbox.ok) {
    complain(sandbox.fault)
    return 1
  }
  const { address } = sandbox.value
  if (options.json) print(JSON.stringify({ kind: 'listening', simulated: true, address }))
  else print(`SIMULATED provider on ${address} (${paths})`)
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  await sandbox.value.close()
  return 0
}

const paths = 'OpenAI under /v1, Anthropic under /v1/messages, Gemini under /v1beta'

function wrongUse(line: string): number {
  complain(line)
  return 2
}

async function start(
  options: SandboxCommandOptions,
  file: SandboxFile,
  port: number,
): Promise<Outcome<Sandbox, string>> {
  const write = options.json ? callJson : callLine
  try {
    const sandbox = await startSandbox({
      inbound: inboundAdapters,
      clock: systemClock,
      file,
      port,
      answerer: sandboxAnswerer(),
      onAttempt(attempt) {
        if (!options.quiet) print(write(attempt, systemClock.wallMs()))
      },
    })
    return done(sandbox)
  } catch (error) {
    return failed(portTrouble(error, { host: '127.0.0.1', port }))
  }
}
