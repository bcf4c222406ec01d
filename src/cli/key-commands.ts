/** `keys create|list|rotate|revoke`: who may call, beside a running gateway too. */

import Table from 'cli-table3'
import { systemClock } from '../base/clock.ts'
import { failed, type Outcome } from '../base/outcome.ts'
import type { Config } from '../config/config.ts'
import { allTenants, type Caller } from '../protocol/access.ts'
import type { Fault } from '../protocol/fault.ts'
import { openControlFile } from '../record/control/control-file.ts'
import { createKeyStore } from '../record/control/key-store.ts'
import { digestOf, makeVirtualKey } from '../record/control/virtual-key.ts'
import {
  createKeyOffice,
  type KeyOffice,
  type ListedKey,
  type NewKey,
  readGrant,
} from '../server/access/key-office.ts'
import { writeKey } from '../server/access/write-key.ts'
import { fileRow, type KeyOptions, keyRequest, spanMs } from './key-options.ts'
import { loadConfig } from './load-config.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'

/** Whoever may read the data directory is above all keys. */
export const cliCaller: Caller = {
  keyId: 'cli',
  name: 'command line',
  kind: 'admin',
  tenant: allTenants,
  scopes: ['admin'],
  limits: {},
}

export function keysCreate(options: CommonOptions & KeyOptions): number {
  const request = keyRequest(options, systemClock.wallMs())
  if (!request.ok) return wrongUse(request.fault)
  if (!options.forFile)
    return withOffice(options, (office) => told(office.create(cliCaller, request.value), options, toldNew))
  const wanted = readGrant(cliCaller, request.value)
  if (!wanted.ok) return wrongUse(wanted.fault.message)
  const key = makeVirtualKey()
  const row = fileRow(request.value, digestOf(key))
  if (options.json) print(JSON.stringify({ key, row: row.fields }))
  else
    print(
      `${key}\n\nIt stands nowhere else. Put this under access: keys: in every process’s file:\n\n${row.text}`,
    )
  return 0
}

export function keysList(options: CommonOptions): number {
  return withOffice(options, (office) =>
    told(
      office.list(cliCaller),
      options,
      (keys) => listText(keys),
      (keys) => keys.map(writeKey),
    ),
  )
}

export function keysRevoke(options: CommonOptions & { readonly id: string }): number {
  return withOffice(options, (office) =>
    told(
      office.revoke(cliCaller, idOf(office, options.id)),
      options,
      ({ id, name }) => `${id} (${name}) is revoked: its next request is refused.`,
      writeKey,
    ),
  )
}

export function keysRotate(
  options: CommonOptions & { readonly id: string; readonly overlap?: string },
): number {
  const overlapMs = options.overlap === undefined ? undefined : spanMs(options.overlap)
  if (overlapMs !== undefined && !overlapMs.ok) return wrongUse(`--overlap ${overlapMs.fault}`)
  const body = overlapMs ? { overlap_ms: overlapMs.value } : {}
  return withOffice(options, (office) =>
    told(office.rotate(cliCaller, idOf(office, options.id), body), options, toldNew),
  )
}

const toldNew = ({ key, record: { id, name } }: NewKey) =>
  `${key}\n\nThis is the key ${id} (${name}); it is told this once and stands nowhere.`

function told<Value>(
  outcome: Outcome<Value, Fault>,
  options: CommonOptions,
  text: (value: Value) => string,
  json: (value: Value) => unknown = (value) => writeNew(value as NewKey),
): number {
  if (!outcome.ok) {
    complain(outcome.fault.message)
    return outcome.fault.status === 400 ? 2 : 1
  }
  print(options.json ? JSON.stringify(json(outcome.value)) : text(outcome.value))
  return 0
}

const writeNew = ({ key, record }: NewKey) => ({ key, ...writeKey(record) })

/** A key is named by its id, or by its name where only one that is active has it. */
function idOf(office: KeyOffice, given: string): string {
  const all = office.list(cliCaller)
  if (!all.ok) return given
  const named = all.value.filter(({ name, state }) => name === given && state === 'active')
  const only = named.length === 1 ? named[0] : undefined
  return only && !all.value.some(({ id }) => id === given) ? only.id : given
}

function withOffice(options: CommonOptions, work: (office: KeyOffice) => number): number {
  const config = configOf(options)
  if (!config.ok) return wrongUse(config.fault)
  const file = openControlFile(dataDirectory(options))
  if (!file.ok) {
    complain(file.fault)
    return 1
  }
  const fileKeys = config.value?.access.keys ?? []
  const exitCode = work(
    createKeyOffice({ store: createKeyStore(file.value), fileKeys: () => fileKeys, clock: systemClock }),
  )
  file.value.close()
  return exitCode
}

function configOf({ config }: CommonOptions): Outcome<Config | undefined, string> {
  const loaded = loadConfig(config)
  return loaded.ok ? { ok: true, value: loaded.value.config } : failed(loaded.fault.join('\n'))
}

function wrongUse(line: string): number {
  complain(line)
  return 2
}

function listText(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'No key was made yet: this machine may call without one.'
  const table = new Table({
    head: ['id', 'name', 'state', 'tenant', 'scopes', 'may ask for', 'ends (UTC)'],
    style: { head: [], border: [] },
  })
  for (const { id, name, state, tenant, scopes, routes, models, expiresAtMs } of keys)
    table.push([
      id,
      name,
      state,
      tenant,
      scopes.join(', '),
      routes || models ? [...(routes ?? []), ...(models ?? [])].join(', ') : 'everything',
      expiresAtMs === undefined
        ? 'never'
        : new Date(expiresAtMs).toISOString().slice(0, 16).replace('T', ' '),
    ])
  return table.toString()
}
