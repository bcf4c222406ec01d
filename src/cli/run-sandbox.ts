/** `sandbox`: a simulated provider as a program of its own. */

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { systemClock } from '../base/clock.ts'
import { sandboxFileSchema } from '../sandbox/rules.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { inboundAdapters } from './adapters.ts'
import { type CommonOptions, complain, print } from './options.ts'

export interface SandboxCommandOptions extends CommonOptions {
  readonly rules?: string
  readonly port: string
}

export async function runSandbox(options: SandboxCommandOptions): Promise<number> {
  const given = options.rules === undefined ? {} : readRules(options.rules)
  if (typeof given === 'string') {
    complain(given)
    return 2
  }
  const file = sandboxFileSchema.safeParse(given)
  if (!file.success) {
    const issue = file.error.issues[0]
    complain(`${options.rules}: ${issue?.path.join('.')}: ${issue?.message}`)
    return 2
  }
  const sandbox = await startSandbox({
    inbound: inboundAdapters,
    clock: systemClock,
    file: file.data,
    port: Number(options.port),
  })
  print(
    `SIMULATED provider on ${sandbox.address} (OpenAI under /v1, Anthropic under /v1/messages, Gemini under /v1beta)`,
  )
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  for (const attempt of sandbox.attempts) if (!options.quiet) print(JSON.stringify(attempt))
  await sandbox.close()
  return 0
}

function readRules(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : 'cannot be read'}`
  }
}
