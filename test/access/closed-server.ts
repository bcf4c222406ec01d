/** The real server with every kind of key, in front of an engine that only counts. */

import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { readConfig } from '../../src/config/read-config.ts'
import type { Engine, EngineRequest } from '../../src/gateway/engine/engine-port.ts'
import { makeFault } from '../../src/protocol/fault.ts'
import { openBlobFolder } from '../../src/record/batch/blob-folder.ts'
import { openNoteFolder } from '../../src/record/batch/note-folder.ts'
import { createBus } from '../../src/record/bus.ts'
import { type ControlFile, openControlFile } from '../../src/record/control/control-file.ts'
import { createKeyStore } from '../../src/record/control/key-store.ts'
import { createSecretStore } from '../../src/record/control/secret-store.ts'
import { createLedgerQueries } from '../../src/record/ledger-queries.ts'
import { heldHere } from '../../src/refinery/apart/held-trace.ts'
import { openTraceThreads } from '../../src/refinery/apart/trace-threads.ts'
import { createGate } from '../../src/server/access/gate.ts'
import { adminCaller, createKeyBook } from '../../src/server/access/key-book.ts'
import { createKeyOffice, type KeyOffice } from '../../src/server/access/key-office.ts'
import { createSecretOffice } from '../../src/server/access/secret-office.ts'
import { openAnalysisDesk } from '../../src/server/analyses/analysis-desk.ts'
import { createServer } from '../../src/server/server.ts'
import { openTestRecord } from '../open-test-record.ts'

export const adminKey = 'the-admin-key-of-this-test'

/** What reached the engine. */
type Asked = Pick<EngineRequest, 'requestId' | 'tenant' | 'virtualKeyId'>

export interface ClosedServer {
  readonly app: FastifyInstance
  readonly url: string
  readonly port: number
  readonly asked: Asked[]
  readonly keys: KeyOffice
  readonly file: ControlFile
  /** A key of the admin's making. */
  make(fields: Record<string, unknown>): string
  close(): Promise<void>
}

const yaml = `providers:
  house: { dialect: openai, base_url: "https://house.test/v1", keys: [k], stored_keys: true, models: [small, large] }
routes:
  chat: { targets: [ { provider: house, models: [small] } ] }
  vip: { targets: [ { provider: house, models: [large] } ] }
`

export async function openClosedServer(
  more = '',
  prepare: (app: FastifyInstance) => void = () => {},
): Promise<ClosedServer> {
  const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
  const read = readConfig({ text: yaml + more, file: 'a.yaml', env: {} })
  const opened = openControlFile(dir)
  if (!read.ok || !opened.ok) throw new Error(JSON.stringify([read, opened]))
  const config = () => read.value
  // Wrong keys are counted and their answers not held back, or the tests would take minutes.
  const clock = { ...systemClock, sleep: async () => {} }
  const asked: Asked[] = []
  const store = createKeyStore(opened.value)
  const fileKeys = () => config().access.keys
  const keys = createKeyOffice({ store, fileKeys, clock })
  const secrets = createSecretStore(opened.value, Buffer.alloc(32, 1))
  const queries = createLedgerQueries(dir)
  const engine: Engine = {
    running: () => 0,
    standings: () => [],
    circuits: () => [],
    isolate: () => ({ ok: false, fault: makeFault('conflict', 'isolated') }),
    release: () => ({ ok: false, fault: makeFault('conflict', 'released') }),
    isolateKey: () => ({ ok: false, fault: makeFault('conflict', 'isolated') }),
    releaseKey: () => ({ ok: false, fault: makeFault('conflict', 'released') }),
    keys: () => [],
    explain: () => ({ ok: false, fault: makeFault('conflict', 'explained') }),
    async chat(request) {
      asked.push(request)
      return noAnswer(request)
    },
    async embed(request) {
      asked.push(request)
      return noAnswer(request)
    },
  }
  const bus = createBus({ clock: systemClock, source: 'test' })
  const record = await openTestRecord({ config, dataDir: dir, bus })
  const app = createServer({
    config,
    clock,
    ledger: queries,
    engine,
    record: record.parts(engine),
    inbound: inboundAdapters,
    version: '0',
    createdAtS: 0,
    models: { describe: () => ({}), modelsOf: () => [] },
    gate: createGate({
      book: createKeyBook({ store, fileKeys, adminKey, clock }),
      clock,
      isOpenToNobody: false,
    }),
    offices: { keys, secrets: createSecretOffice({ store: secrets, config, clock }) },
    isDraining: () => false,
    analyses: openAnalysisDesk({
      notes: openNoteFolder(join(dir, 'analyses')),
      results: openBlobFolder(join(dir, 'results')),
      clock: systemClock,
      prepare: async () => ({ ok: false, fault: makeFault('conflict', 'prepared') }),
      threads: openTraceThreads(1),
      hold: (trace) => heldHere(trace, async () => async () => 0),
      mostRunning: 1,
      keptForMs: 1,
    }),
  })
  prepare(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return {
    app,
    port,
    url: `http://127.0.0.1:${port}`,
    asked,
    keys,
    file: opened.value,
    make(fields) {
      const made = keys.create(adminCaller, { name: 'test', ...fields })
      if (!made.ok) throw new Error(made.fault.message)
      return made.value.key
    },
    async close() {
      await app.close()
      await queries.close()
      await record.close()
      opened.value.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const noAnswer = ({ requestId }: Asked) => ({
  kind: 'fault' as const,
  fault: makeFault('conflict', 'asked'),
  meta: { requestId, attempts: 0, outcome: 'FAILURE' as const, dropped: [], simulated: true },
})
