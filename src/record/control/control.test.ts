import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { KeyRecord } from '../../protocol/access.ts'
import { type ControlFile, openControlFile } from './control-file.ts'
import { createKeyStore } from './key-store.ts'
import { createSealer } from './seal.ts'
import { createSecretStore } from './secret-store.ts'
import { digestOf, makeVirtualKey, readDigest } from './virtual-key.ts'

function open(t: TestContext, dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))) {
  const opened = openControlFile(dir)
  assert.ok(opened.ok, JSON.stringify(opened))
  t.after(() => {
    opened.value.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return { dir, file: opened.value }
}

const record = (id: string): KeyRecord => ({
  id,
  name: id,
  tenant: 'acme',
  scopes: ['inference'],
  limits: {},
  createdAtMs: 1,
  madeBy: 'cli',
})

/** In the order in which they were done. */
const actions = (file: ControlFile) =>
  valueIn(file.actions(100))
    .map(({ actor, action, about }) => `${actor} ${action} ${about}`)
    .reverse()

test('a virtual key has 128 random bits and is not its digest', () => {
  const keys = new Set(Array.from({ length: 1_000 }, makeVirtualKey))
  assert.equal(keys.size, 1_000)
  for (const key of keys) assert.match(key, /^am-[0-9a-f]{32}$/)
  const key = makeVirtualKey()
  assert.notEqual(digestOf(digestOf(key)), digestOf(key))
})

test('a digest of the file is read in its one form', () => {
  const digest = digestOf('am-x')
  assert.equal(readDigest(`sha256:${digest}`), digest)
  for (const wrong of [digest, `sha256:${digest}0`, 'sha256:', `sha1:${digest}`, `sha256:${digest}\n`])
    assert.equal(readDigest(wrong), undefined, wrong)
})

test('keys: made, rotated with an overlap, revoked, and each change recorded with its actor', (t) => {
  const { file } = open(t)
  const store = createKeyStore(file)
  assert.ok(store.create(record('vk_1'), 'd1').ok)
  const rotated = store.rotate('vk_1', { digest: 'd2', oldEndsAtMs: 90, atMs: 50, actor: 'vk_admin' })
  assert.equal(rotated.ok && rotated.value?.rotatedAtMs, 50)
  // A longer overlap never revives what ends sooner.
  store.rotate('vk_1', { digest: 'd3', oldEndsAtMs: 500, atMs: 60, actor: 'vk_admin' })
  const [key] = valueIn(store.all())
  assert.deepEqual(key?.openings, [
    { digest: 'd1', endsAtMs: 90 },
    { digest: 'd2', endsAtMs: 500 },
    { digest: 'd3' },
  ])
  store.revoke('vk_1', { atMs: 70, actor: 'cli' })
  store.revoke('vk_1', { atMs: 80, actor: 'cli' })
  assert.equal(valueIn(store.all())[0]?.revokedAtMs, 70)
  assert.equal(
    valueIn(store.rotate('vk_1', { digest: 'd4', oldEndsAtMs: 1, atMs: 1, actor: 'cli' })),
    undefined,
  )
  assert.equal(valueIn(store.revoke('vk_none', { atMs: 80, actor: 'cli' })), undefined)
  assert.deepEqual(actions(file), [
    'cli key.create vk_1',
    'vk_admin key.rotate vk_1',
    'vk_admin key.rotate vk_1',
    'cli key.revoke vk_1',
    'cli key.revoke vk_1',
  ])
})

test('keys: a change by another process is seen, and one of our own', (t) => {
  const { dir, file } = open(t)
  const other = openControlFile(dir)
  assert.ok(other.ok)
  t.after(() => other.value.close())
  const store = createKeyStore(file)
  const before = valueIn(store.version())
  assert.equal(valueIn(store.version()), before)
  createKeyStore(other.value).create(record('vk_other'), 'd')
  const between = valueIn(store.version())
  assert.ok(between > before)
  store.create(record('vk_own'), 'e')
  assert.ok(valueIn(store.version()) > between)
})

test('keys: a digest belongs to one key, and a change that fails changes nothing', (t) => {
  const { file } = open(t)
  const store = createKeyStore(file)
  store.create(record('vk_1'), 'same')
  assert.equal(store.create(record('vk_2'), 'same').ok, false)
  assert.deepEqual(
    valueIn(store.all()).map(({ id }) => id),
    ['vk_1'],
  )
})

const hostile = ["' OR '1'='1", "x'; DROP TABLE keys; --", '__proto__', '\u0000', '🙂', 'a'.repeat(40_000)]
test('keys: hostile names are names', (t) => {
  const { file } = open(t)
  const store = createKeyStore(file)
  for (const text of hostile) {
    assert.ok(store.create({ ...record(text), name: text }, text).ok, text.slice(0, 20))
    assert.equal(valueIn(store.revoke(text, { atMs: 2, actor: text }))?.name, text)
  }
  assert.equal(valueIn(store.all()).length, hostile.length)
})

test('seal: opens for what it is bound to, under the key that sealed it', () => {
  const key = randomBytes(32)
  const sealer = createSealer(key)
  const sealed = sealer.seal('s3cret', 'openai https://a.test')
  assert.ok(!sealed.includes('s3cret') && sealed !== sealer.seal('s3cret', 'openai https://a.test'))
  const rows: readonly [name: string, by: Buffer, text: string, bound: string, expected: string][] = [
    ['as it was', key, sealed, 'openai https://a.test', 's3cret'],
    ['another address', key, sealed, 'openai https://b.test', 'not-bound'],
    ['another installation', randomBytes(32), sealed, 'openai https://a.test', 'other-key'],
    ['a changed byte', key, `${sealed.slice(0, -4)}AAA=`, 'openai https://a.test', 'not-bound'],
    ['cut short', key, sealed.slice(0, 20), 'openai https://a.test', 'not-bound'],
    ['nothing', key, '', 'openai https://a.test', 'other-key'],
  ]
  for (const [name, by, text, bound, expected] of rows) {
    const opened = createSealer(by).open(text, bound)
    assert.equal(opened.ok ? opened.value : opened.fault, expected, name)
  }
})

test('secrets: sealed on the disk, listed without their text, gone when the address changes', (t) => {
  const { dir, file } = open(t)
  const key = randomBytes(32)
  const store = createSecretStore(file, key)
  const by = { atMs: 5, actor: 'cli' }
  store.set('openai', { origin: 'https://a.test', secret: 'canary-one-1234567890' }, by)
  store.set('openai', { origin: 'https://a.test', secret: 'canary-two-1234567890' }, { ...by, atMs: 6 })
  assert.deepEqual(valueIn(store.openFor('openai', 'https://a.test')), [
    'canary-one-1234567890',
    'canary-two-1234567890',
  ])
  assert.deepEqual(valueIn(store.openFor('openai', 'https://evil.test')), [])
  assert.doesNotMatch(JSON.stringify(valueIn(store.list())), /canary/)
  for (const name of readdirSync(dir)) assert.ok(!readFileSync(join(dir, name)).includes('canary'), name)
  assert.equal(createSecretStore(file, randomBytes(32)).openFor('openai', 'https://a.test').ok, false)
  assert.equal(valueIn(store.clearMoved('openai', 'https://a.test', by)), undefined)
  assert.equal(valueIn(store.clearMoved('openai', 'https://evil.test', by)), 2)
  assert.deepEqual(valueIn(store.openFor('openai', 'https://a.test')), [])
  assert.deepEqual(actions(file).length, 3)
})

function valueIn<Value>(
  outcome: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: string },
): Value {
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return outcome.value
}
