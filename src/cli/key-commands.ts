/** `keys create|list|rotate|revoke`: who may call, beside a running gateway too. */

import Table from 'cli-table3'
import { systemClock } from '../base/clock.ts'
import type { Outcome } from '../base/outcome.ts'
import type { FileKey } from '../config/config.ts'
import type { Fault } from '../protocol/fault.ts'
import { type ControlFile, openControlFile } from '../record/control/control-file.ts'
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
import { cliCaller } from './cli-caller.ts'
import { fileRow, type KeyOptions, keyRequest, spanMs } from './key-options.ts'
import { loadConfig } from './load-config.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'

export function keysCreate(options: CommonOptions & KeyOptions): number {
  const request = keyRequest(options, systemClock.wallMs())
  if (!request.ok) return wrongUse(request.fault)
  if (!options.forFile)
    return withOffice(options, (office) =>
      told(office.create(cliCaller, request.value), options, toldNew, writeNew),
    )
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
    told(office.rotate(cliCaller, idOf(office, options.id), body), options, toldNew, writeNew),
  )
}

const toldNew = ({ key, record: { id, name } }: NewKey) =>
  `${key}\n\nThis is the key ${id} (${name}); it is told this once and stands nowhere.`

function told<Value>(
  outcome: Outcome<Value, Fault>,
  options: CommonOptions,
  text: (value: Value) => string,
  json: (value: Value) => unknown,
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

/** Who made, rotated and revoked what, newest first; stored secrets too. */
export function keysLog(options: CommonOptions): number {
  return withFile(options, (file) => {
    const actions = file.actions(shownActions)
    if (!actions.ok) return failedWith(actions.fault)
    if (options.json) print(JSON.stringify(actions.value))
    else if (actions.value.length === 0) print('Nothing was changed yet.')
    for (const { atUtc, actor, action, about } of options.json ? [] : actions.value)
      print(`${atUtc.slice(0, 19).replace('T', ' ')}  ${actor}  ${action}  ${about}`)
    return 0
  })
}

const shownActions = 200

function failedWith(line: string): number {
  complain(line)
  return 1
}

function withFile(options: CommonOptions, work: (file: ControlFile) => number): number {
  const file = openControlFile(dataDirectory(options))
  if (!file.ok) return failedWith(file.fault)
  const exitCode = work(file.value)
  file.value.close()
  return exitCode
}

function withOffice(options: CommonOptions, work: (office: KeyOffice) => number): number {
  const fileKeys = fileKeysOf(options)
  return withFile(options, (file) =>
    work(createKeyOffice({ store: createKeyStore(file), fileKeys: () => fileKeys, clock: systemClock })),
  )
}

/** A key must be revocable where the configuration cannot be read, for want of a variable for instance. */
function fileKeysOf({ config }: CommonOptions): readonly FileKey[] {
  const loaded = loadConfig(config)
  if (loaded.ok) return loaded.value.config?.access.keys ?? []
  complain(`the configuration cannot be read here, so keys that stand in it are left out: ${loaded.fault[0]}`)
  return []
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
