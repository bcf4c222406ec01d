/** Takes a changed configuration over between requests; a wrong one is told and the old one stays. */

import { watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from './load-config.ts'

export interface ConfigWatch {
  /** The configuration in force. */
  current(): Config
  close(): void
}

export interface WatchOptions {
  readonly first: Config
  /** Undefined where the configuration did not come from a file. */
  readonly file: string | undefined
  readonly onLoaded: (changed: readonly string[]) => void
  readonly onRefused: (problems: readonly string[]) => void
}

/** Editors write a file in several steps. */
const settleMs = 100

export function watchConfig({ first, file, onLoaded, onRefused }: WatchOptions): ConfigWatch {
  let config = first
  if (file === undefined) return { current: () => config, close: () => {} }
  const reload = () => {
    const loaded = loadConfig(file)
    if (!loaded.ok) return onRefused(loaded.fault)
    if (!loaded.value.config) return
    // Address and store were opened with the first configuration and stay as they are.
    const next: Config = { ...loaded.value.config, server: config.server }
    const changed = changedParts(config, next)
    if (changed.length === 0) return
    config = next
    onLoaded(changed)
  }
  let cancel = () => {}
  const path = resolve(file)
  // The folder is watched, for editors replace the file by another of the same name.
  const watcher = watch(dirname(path), (_event, name) => {
    if (name !== null && name !== basename(path)) return
    cancel()
    cancel = systemClock.after(settleMs, reload)
  })
  return {
    current: () => config,
    close() {
      cancel()
      watcher.close()
    },
  }
}

/** Names of the parts that differ. */
export function changedParts(before: Config, after: Config): readonly string[] {
  const names = [
    'providers',
    'routes',
    'timeouts',
    'profile',
    'profiles',
    'attempts',
    'breaker',
    'retries',
    'throttle',
    'keyPool',
    'rates',
    'tenants',
    'shedding',
    'health',
    'batch',
    'unknownFaults',
    'access',
    'ledger',
    'score',
    'traces',
  ] as const
  return names.filter((name) => plain(before[name]) !== plain(after[name]))
}

const plain = (value: unknown) =>
  JSON.stringify(value, (_name, inner) => (inner instanceof Map ? [...inner] : inner))
