import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../base/outcome.ts'
import type { FileKey } from '../../config/config.ts'
import type { KeyStore, StoredKey } from '../../record/control/key-store.ts'
import { digestOf } from '../../record/control/virtual-key.ts'
import { createGate, type Refusal } from './gate.ts'
import { createKeyBook } from './key-book.ts'
import { presentedKey } from './presented-key.ts'
import { network } from './wrong-key-guard.ts'

/** A store that is a list, a clock that is two numbers. */
function openWorld(options: { readonly adminKey?: string; readonly beyond?: boolean } = {}) {
  const world = {
    stored: [] as StoredKey[],
    file: [] as FileKey[],
    version: 1,
    ownChanges: 0,
    isDown: false,
    reads: 0,
    monoMs: 1_000,
    wallMs: 1_000_000,
  }
  const answer = <Value>(value: () => Value): Outcome<Value, string> =>
    world.isDown ? { ok: false, fault: 'the disk is full' } : { ok: true, value: value() }
  const none = (): Outcome<undefined, string> => answer(() => undefined)
  const store: KeyStore = {
    version: () => answer(() => world.version),
    ownChanges: () => world.ownChanges,
    all: () =>
      answer(() => {
        world.reads += 1
        return world.stored
      }),
    create: none,
    revoke: none,
    rotate: none,
  }
  const clock = {
    monoMs: () => world.monoMs,
    wallMs: () => world.wallMs,
    sleep: async () => {},
    after: () => () => {},
  }
  const book = createKeyBook({ store, fileKeys: () => world.file, adminKey: options.adminKey, clock })
  const gate = createGate({ book, clock, isOpenToNobody: options.beyond ?? false })
  return {
    world,
    book,
    /** By another process, a little while ago. */
    change(stored: readonly StoredKey[]) {
      world.stored = [...stored]
      world.version += 1
      world.monoMs += 5
    },
    ask(key?: string, remoteAddress = '203.0.113.9', headers: Record<string, string> = {}) {
      const given = key === undefined ? {} : { authorization: `Bearer ${key}` }
      return gate.enter({ headers: { ...given, ...headers }, socket: { remoteAddress } }, ['inference'])
    },
  }
}

const stored = (key: string, fields: Partial<StoredKey> = {}): StoredKey => ({
  id: `vk_${key}`,
  name: key,
  tenant: 'acme',
  scopes: ['inference'],
  limits: {},
  createdAtMs: 0,
  madeBy: 'cli',
  openings: [{ digest: digestOf(key) }],
  ...fields,
})

const told = (outcome: Outcome<{ readonly keyId?: string; readonly kind: string }, Refusal>) =>
  outcome.ok ? (outcome.value.keyId ?? outcome.value.kind) : outcome.fault.fault.code

test('gate: open until the first key is made, and never again', () => {
  const { ask, change } = openWorld()
  assert.equal(told(ask()), 'open')
  assert.equal(told(ask('any placeholder')), 'open')
  change([stored('a')])
  assert.deepEqual([told(ask()), told(ask('b')), told(ask('a'))], ['unauthorized', 'unauthorized', 'vk_a'])
  change([stored('a', { revokedAtMs: 5 })])
  assert.deepEqual([told(ask()), told(ask('a'))], ['unauthorized', 'unauthorized'])
})

test('gate: beyond this machine nobody comes in without a key, though none was made', () => {
  assert.equal(told(openWorld({ beyond: true }).ask()), 'unauthorized')
})

test('gate: a digest is no key, nor is a part or a doubling of one', () => {
  const { ask, change } = openWorld({ adminKey: 'the-admin-key' })
  change([stored('am-0123')])
  for (const wrong of [
    digestOf('am-0123'),
    `sha256:${digestOf('am-0123')}`,
    'am-012',
    'am-01234',
    'AM-0123',
    digestOf('the-admin-key'),
    'the-admin-kex',
    '',
    '*',
    '__proto__',
    'constructor',
  ])
    assert.equal(told(ask(wrong, wrong)), 'unauthorized', wrong)
  assert.deepEqual([told(ask('am-0123')), told(ask('the-admin-key'))], ['vk_am-0123', 'admin'])
})

test('gate: right keys are told apart in full, also when they were seen before', () => {
  const { ask, change } = openWorld()
  const [one, other] = [`am-${'a'.repeat(60)}1`, `am-${'a'.repeat(60)}2`]
  change([stored(one), stored(other, { tenant: 'other' })])
  for (let turn = 0; turn < 3; turn += 1)
    assert.deepEqual([told(ask(one)), told(ask(other))], [`vk_${one}`, `vk_${other}`])
})

test('gate: revoked, expired and rotated keys stop at their time, though they were seen before', () => {
  const { world, ask, change } = openWorld()
  const rotated = [{ digest: digestOf('old'), endsAtMs: 1_000_500 }, { digest: digestOf('new') }]
  change([stored('a'), stored('b', { expiresAtMs: 1_000_900 }), stored('c', { openings: rotated })])
  assert.deepEqual(
    ['a', 'b', 'old', 'new'].map((key) => told(ask(key))),
    ['vk_a', 'vk_b', 'vk_c', 'vk_c'],
  )
  world.wallMs = 1_000_500
  assert.deepEqual(
    ['b', 'old', 'new'].map((key) => told(ask(key))),
    ['vk_b', 'unauthorized', 'vk_c'],
  )
  world.wallMs = 1_000_900
  assert.equal(told(ask('b')), 'unauthorized')
  change([stored('a', { revokedAtMs: 1 })])
  assert.equal(told(ask('a')), 'unauthorized')
})

test('gate: what this process changes counts with the next request', () => {
  const { world, ask, change } = openWorld()
  change([stored('a')])
  assert.equal(told(ask('a')), 'vk_a')
  world.stored = [stored('a', { revokedAtMs: 1 })]
  world.version += 1
  world.ownChanges += 1
  assert.equal(told(ask('a')), 'unauthorized')
})

test('gate: keys of the file come and go with the file', () => {
  const { world, ask } = openWorld()
  world.file = [{ name: 'ci', digest: digestOf('f'), tenant: 'default', scopes: ['inference'], limits: {} }]
  assert.equal(told(ask('f')), 'file:ci')
  world.file = []
  assert.equal(told(ask('f')), 'open')
})

test('gate: nothing is read again where nothing was changed', () => {
  const { world, ask, change } = openWorld()
  change([stored('a')])
  for (let turn = 0; turn < 1_000; turn += 1) {
    world.monoMs += 2
    ask('a')
  }
  assert.equal(world.reads, 1)
})

test('gate: while the store does not answer, known keys go on for a while and nothing else comes in', () => {
  const { world, ask, change } = openWorld()
  change([stored('a')])
  assert.equal(told(ask('a')), 'vk_a')
  world.isDown = true
  world.monoMs += 10
  assert.deepEqual(
    [told(ask('a')), told(ask('b')), told(ask())],
    ['vk_a', 'access_unavailable', 'unauthorized'],
  )
  world.monoMs += 300_001
  assert.equal(told(ask('a')), 'access_unavailable')
  world.isDown = false
  world.monoMs += 10
  assert.deepEqual([told(ask('a')), told(ask('b'))], ['vk_a', 'unauthorized'])
})

test('gate: a store that never answered opens nothing', () => {
  const { world, ask } = openWorld()
  world.isDown = true
  assert.deepEqual([told(ask()), told(ask('a'))], ['unauthorized', 'access_unavailable'])
})

test('gate: many wrong keys are slowed, then refused; their neighbours’ virtual keys are not', () => {
  const { world, ask, change } = openWorld({ adminKey: 'the-admin-key' })
  change([stored('a')])
  const answers = Array.from({ length: 1_000 }, (_, at) => {
    world.monoMs += 60
    return ask(`wrong-${at}`)
  })
  const refusals = answers.flatMap((answer) => (answer.ok ? [] : [answer.fault]))
  const blocked = refusals.filter(({ fault }) => fault.code === 'too_many_wrong_keys')
  assert.equal(refusals.length, 1_000)
  assert.ok(blocked.length > 900, `${blocked.length}`)
  assert.ok(blocked.every(({ fault }) => fault.status === 429 && (fault.retryAfterMs ?? 0) > 0))
  assert.ok(refusals.slice(0, 5).every(({ delayMs }) => delayMs === 0))
  assert.ok(Math.max(...refusals.map(({ delayMs }) => delayMs)) >= 1_000)
  assert.ok(refusals.every(({ fault }) => !/wrong-\d/.test(JSON.stringify(fault))))
  assert.equal(told(ask('a')), 'vk_a')
  // The admin key is of people's making and might be guessed, so it waits too.
  assert.equal(told(ask('the-admin-key')), 'too_many_wrong_keys')
  assert.equal(told(ask('the-admin-key', '198.51.100.1')), 'admin')
  world.monoMs += 60_000
  assert.equal(told(ask('the-admin-key')), 'admin')
})

const headerRows: readonly [name: string, headers: Record<string, string>, expected: string | undefined][] = [
  ['Bearer', { authorization: 'Bearer k' }, 'k'],
  ['any case, more spaces', { authorization: 'bEARER   k ' }, 'k'],
  ['x-api-key', { 'x-api-key': 'k' }, 'k'],
  ['both', { authorization: 'Bearer a', 'x-api-key': 'b' }, 'a'],
  ['another scheme', { authorization: 'Basic a', 'x-api-key': 'b' }, 'b'],
  ['Bearer and nothing', { authorization: 'Bearer ' }, undefined],
  ['no scheme', { authorization: 'k' }, undefined],
  ['nothing', {}, undefined],
]
for (const [name, headers, expected] of headerRows)
  test(`presented key: ${name}`, () => assert.equal(presentedKey(headers), expected))

const networks: readonly [address: string, expected: string][] = [
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:0db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['', ''],
]
for (const [address, expected] of networks)
  test(`network: ${address}`, () => assert.equal(network(address), expected))
