/** Finds the configuration: a file, else the environment, else the sandbox. */

import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Config } from '../config/config.ts'
import { formatProblems } from '../config/format-problems.ts'
import { configFromEnvironment } from '../config/from-environment.ts'
import { readConfig } from '../config/read-config.ts'

export interface Loaded {
  /** Undefined where nothing is configured at all. */
  readonly config?: Config
  /** Where it came from, for people. */
  readonly source: string
  /** The file it was read from. */
  readonly file?: string
}

const defaultFile = 'adaptive-mind.yaml'

export function loadConfig(file: string | undefined): Outcome<Loaded, readonly string[]> {
  const path = file ?? (existsSync(defaultFile) ? defaultFile : undefined)
  if (path === undefined) return fromEnvironment()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return failed([`${path} cannot be read. Check the name given with --config`])
  }
  const config = readConfig({ text, file: basename(path), env: process.env })
  return config.ok
    ? done({ config: config.value, source: path, file: path })
    : failed(formatProblems(config.fault).split('\n'))
}

function fromEnvironment(): Outcome<Loaded, readonly string[]> {
  const config = configFromEnvironment(process.env)
  if (config === undefined) return done({ source: 'none: the sandbox answers' })
  if (config.ok) return done({ config: config.value, source: 'provider keys in the environment' })
  return failed(config.fault.map(({ path, message }) => `environment: ${path.join('.')}: ${message}`))
}
