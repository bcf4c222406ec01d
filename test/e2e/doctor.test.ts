import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { sandboxFileSchema } from '../../src/sandbox/rules.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { childEnvironment } from '../child-environment.ts'
import { startGateway, temporaryDirectory } from './gateway-process.ts'
import { skipWithoutRedis, startRedis } from './redis-process.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

interface Told {
  readonly status: number | null
  readonly text: string
}

function doctor(config: string, dir = temporaryDirectory(), ...more: readonly string[]): Promise<Told> {
  open.push({ close: () => rmSync(dir, { recursive: true, force: true }) })
  const file = join(dir, 'gateway.yaml')
  writeFileSync(file, config)
  const args = ['doctor', '--config', file, '--data', join(dir, 'data'), ...more]
  return told([process.execPath, '--disable-warning=ExperimentalWarning', main, ...args])
}

function told([command = '', ...args]: readonly string[], env = {}): Promise<Told> {
  const child = spawn(command, args, { env: { ...childEnvironment, ...env } })
  let text = ''
  const hear = (piece: Buffer) => {
    text += piece
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise((resolve) => child.once('exit', (status) => resolve({ status, text })))
}

async function provider() {
  const file = sandboxFileSchema.parse({ keys: ['good'] })
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock, file })
  open.push(sandbox)
  return sandbox
}

const configOf = (url: string, keys: string, more = '') => `providers:
  p: { dialect: openai, base_url: "${url}/v1", keys: [${keys}] }
routes: { chat: { targets: [ { provider: p, models: [m] } ] } }
server: { port: 0 }
${more}`

test('doctor: a healthy set-up', { skip: skipWithoutRedis }, async () => {
  const [{ address }, store] = await Promise.all([provider(), startRedis()])
  open.push(store)
  const told = await doctor(configOf(address, 'good', `redis: { url: "${store.url}" }`))
  assert.equal(told.status, 0, told.text)
  assert.match(told.text, /✔ configuration: .*1 providers, 1 routes/)
  assert.match(told.text, /✔ data directory: .* can be written/)
  assert.match(told.text, /✔ redis: redis:\/\/127\.0\.0\.1:\d+ answers and can be written/)
  assert.match(told.text, /✔ key key_[0-9a-f]{8} of p: m answers in \d+ ms/)
  assert.match(told.text, /nothing is wrong/)
  assert.doesNotMatch(told.text, /good/)
})

test('doctor: says which key is wrong, and what to do', async () => {
  const { address } = await provider()
  const told = await doctor(configOf(address, 'good, sk-bad'))
  assert.equal(told.status, 1)
  assert.match(told.text, /✔ key key_/)
  assert.match(told.text, /✖ key key_[0-9a-f]{8} of p: .*\(upstream_auth\)\n {4}Replace the key/)
  assert.match(told.text, /1 thing is wrong/)
  assert.doesNotMatch(told.text, /sk-bad/)
})

test('doctor: a provider that cannot be reached, and a Redis that is dead', async () => {
  const told = await doctor(
    configOf('http://127.0.0.1:1', 'k', 'redis: { url: "redis://:secret@127.0.0.1:1/0" }'),
  )
  assert.equal(told.status, 1)
  assert.match(
    told.text,
    /✖ redis: redis:\/\/127\.0\.0\.1:1 does not serve: .*\n {4}Start it, or check host and port/,
  )
  assert.match(told.text, /✖ key key_\w+ of p: .*upstream_unreachable/)
  assert.match(told.text, /2 things are wrong/)
  assert.doesNotMatch(told.text, /secret/)
})

test('doctor: a data directory that cannot be one, because a file stands there', async () => {
  const { address } = await provider()
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'data'), 'a file')
  const told = await doctor(configOf(address, 'good'), dir)
  assert.equal(told.status, 1)
  assert.match(told.text, /✖ data directory: a file stands where .*data should be\n {4}Choose another/)
  assert.match(told.text, /1 thing is wrong/)
  assert.equal(readFileSync(join(dir, 'data'), 'utf8'), 'a file')
})

test('doctor: an installation key that was damaged', async () => {
  const { address } = await provider()
  const dir = temporaryDirectory()
  mkdirSync(join(dir, 'data'))
  writeFileSync(join(dir, 'data', 'installation.key'), 'nonsense')
  const { status, text } = await doctor(configOf(address, 'good'), dir)
  assert.equal(status, 1)
  assert.match(text, /✖ installation key: .* does not hold a key .*\n {4}Restore installation\.key/)
  assert.match(text, /✔ key key_/)
})

test('doctor: a full disk', { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' }, async () => {
  const { address } = await provider()
  const dir = temporaryDirectory()
  open.push({ close: () => rmSync(dir, { recursive: true, force: true }) })
  writeFileSync(join(dir, 'adaptive-mind.yaml'), configOf(address, 'good'))
  // The shell becomes the doctor and keeps its process id, after which the file written on trial is named.
  const script = 'cd "$DIR" && ln -s /dev/full ".doctor-$$" && exec "$0" "$@"'
  const args = ['--disable-warning=ExperimentalWarning', main, 'doctor', '--data', '.']
  const { status, text } = await told(['sh', '-c', script, process.execPath, ...args], { DIR: dir })
  assert.equal(status, 1)
  assert.match(text, /✖ data directory: the disk of .* is full\n {4}Free space/)
  assert.match(text, /✔ key key_/)
  assert.match(text, /1 thing is wrong/)
})

test('doctor: a port that is taken, by another program or by a gateway', async () => {
  const { address } = await provider()
  const { port } = new URL(address)
  const config = (at: string) => configOf(address, 'good').replace('port: 0', `port: ${at}`)
  const taken = await doctor(config(port))
  assert.equal(taken.status, 1)
  assert.match(taken.text, /✖ port \d+ on 127\.0\.0\.1: another program listens there\n {4}End it/)
  const gateway = await startGateway()
  open.push({ close: () => gateway.kill().then(() => gateway.remove()) })
  const ours = await doctor(config(new URL(gateway.url).port))
  assert.equal(ours.status, 0, ours.text)
  assert.match(ours.text, /a gateway listens there/)
})

test('doctor: a wrong configuration, in words and as JSON', async () => {
  const told = await doctor('providers: { p: { dialect: openai } }', undefined, '--json')
  assert.equal(told.status, 1)
  const { ok, findings } = JSON.parse(told.text)
  assert.equal(ok, false)
  assert.match(findings[0].says, /base_url/)
})

test('doctor: without calls nothing goes out', async () => {
  const sandbox = await provider()
  const told = await doctor(configOf(sandbox.address, 'sk-bad'), undefined, '--no-calls')
  assert.equal(told.status, 0)
  assert.equal(sandbox.attempts.length, 0)
})
