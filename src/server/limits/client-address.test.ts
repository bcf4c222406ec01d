import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressGroup, clientAddress, trustsOf } from './client-address.ts'

const rows: readonly [
  name: string,
  trusted: string[],
  remote: string,
  header: string | undefined,
  is: string,
][] = [
  ['no proxy', [], '203.0.113.9', undefined, '203.0.113.9'],
  ['a header nobody is trusted with', [], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a header from elsewhere', ['10.0.0.0/8'], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['one trusted proxy', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.1', '198.51.100.1'],
  ['two trusted proxies', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.1, 10.9.9.9', '198.51.100.1'],
  ['a caller that says it is another', ['10.0.0.0/8'], '10.1.2.3', '127.0.0.1, 198.51.100.1', '198.51.100.1'],
  ['a header of nonsense', ['10.0.0.0/8'], '10.1.2.3', '<script>', '10.1.2.3'],
  ['an empty header', ['10.0.0.0/8'], '10.1.2.3', '', '10.1.2.3'],
  ['only trusted hops', ['10.0.0.0/8'], '10.1.2.3', '10.4.4.4', '10.4.4.4'],
  ['a mapped address', ['10.0.0.1'], '::ffff:10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
  ['ports behind addresses', ['10.0.0.1'], '10.0.0.1', '198.51.100.1:5123', '198.51.100.1'],
  ['IPv6', ['fd00::/8'], 'fd00::1', '[2001:db8::5]:443', '2001:db8::5'],
  ['a trusted list of nonsense', ['proxy.test'], '10.1.2.3', '198.51.100.1', '10.1.2.3'],
]
for (const [name, trusted, remoteAddress, forwardedFor, is] of rows)
  test(`client address: ${name}`, () =>
    assert.equal(clientAddress({ remoteAddress, forwardedFor }, trustsOf(trusted)), is))

const groups: readonly [address: string, group: string][] = [
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
]
for (const [address, group] of groups)
  test(`client address: ${address} counts as ${group}`, () => assert.equal(addressGroup(address), group))
