/** `secrets set|list|remove`: providers' keys, sealed on the disk; a key is read from the input and never from arguments. */

import { readFileSync } from 'node:fs'
import { systemClock } from '../base/clock.ts'
import type { Outcome } from '../base/outcome.ts'
import type { Fault } from '../protocol/fault.ts'
import { openControlFile } from '../record/control/control-file.ts'
import { createSecretStore, type SecretNote } from '../record/control/secret-store.ts'
import { openInstallation } from '../record/data-directory.ts'
import { createSecretOffice, type SecretOffice } from '../server/access/secret-office.ts'
import { cliCaller } from './cli-caller.ts'
import { loadConfig } from './load-config.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'

export function secretsSet(options: CommonOptions & { readonly provider: string }): number {
  if (process.stdin.isTTY) complain(`Type the key for ${options.provider}, then Enter and Ctrl-D:`)
  const key = readFileSync(0, 'utf8').trim()
  return withOffice(options, (office) =>
    told(
      office.set(cliCaller, options.provider, { key }),
      options,
      ({ provider, fingerprint, origin }) =>
        `${fingerprint} is stored for ${provider} and is sent to ${origin} alone.`,
    ),
  )
}

export function secretsList(options: CommonOptions): number {
  return withOffice(options, (office) =>
    told(office.list(), options, (notes) =>
      notes.length === 0 ? 'No key is stored.' : notes.map(noteText).join('\n'),
    ),
  )
}

export function secretsRemove(options: CommonOptions & { readonly provider: string }): number {
  return withOffice(options, (office) =>
    told(
      office.remove(cliCaller, options.provider),
      options,
      (removed) => `${removed} stored key(s) of ${options.provider} removed.`,
    ),
  )
}

const noteText = ({ provider, fingerprint, origin, createdAtMs }: SecretNote) =>
  `${provider}  ${fingerprint}  ${origin}  since ${new Date(createdAtMs).toISOString()}`

function told<Value>(
  outcome: Outcome<Value, Fault>,
  options: CommonOptions,
  text: (value: Value) => string,
): number {
  if (!outcome.ok) {
    complain(outcome.fault.message)
    return outcome.fault.status === 400 ? 2 : 1
  }
  print(options.json ? JSON.stringify(outcome.value) : text(outcome.value))
  return 0
}

function withOffice(options: CommonOptions, work: (office: SecretOffice) => number): number {
  const loaded = loadConfig(options.config)
  const config = loaded.ok ? loaded.value.config : undefined
  if (!config) {
    complain(loaded.ok ? 'no configuration was found: name it with --config' : loaded.fault.join('\n'))
    return 2
  }
  const dataDir = dataDirectory(options)
  const file = openControlFile(dataDir)
  if (!file.ok) {
    complain(file.fault)
    return 1
  }
  const store = createSecretStore(file.value, openInstallation(dataDir))
  const exitCode = work(createSecretOffice({ store, config: () => config, clock: systemClock }))
  file.value.close()
  return exitCode
}
