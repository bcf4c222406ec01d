import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBase, wireAddress } from './wire-address.ts'

const bases: readonly [name: string, baseUrl: string, local: boolean, expected: string | false][] = [
  ['a provider', 'https://api.openai.com/v1', false, 'https://api.openai.com/v1'],
  ['a slash at the end', 'https://a.test/v1/', false, 'https://a.test/v1'],
  ['a local server', 'http://127.0.0.1:9200/v1', true, 'http://127.0.0.1:9200/v1'],
  ['this machine by number, not local', 'http://127.0.0.1:9200/v1', false, false],
  ['hexadecimal', 'http://0x7f000001/v1', false, false],
  ['one number', 'http://2130706433/v1', false, false],
  ['octal', 'http://0177.0.0.1/v1', false, false],
  ['short', 'http://127.1/v1', false, false],
  ['circled digits', 'http://①②⑦.⓪.⓪.①/v1', false, false],
  ['full-width dots', 'http://127。0。0。1/v1', false, false],
  ['a dot at the end of a number', 'http://127.0.0.1./v1', false, false],
  ['mapped', 'http://[::ffff:7f00:1]/v1', false, false],
  ['mapped, local', 'http://[::ffff:7f00:1]/v1', true, 'http://[::ffff:7f00:1]/v1'],
  ['a private network of version 6', 'http://[fd12::1]:8000', false, false],
  ['metadata, though local', 'http://169.254.169.254/latest', true, false],
  ['metadata of version 6, though local', 'http://[fd00:ec2::254]/latest', true, false],
  ['mapped metadata, though local', 'http://[::ffff:a9fe:a9fe]/', true, false],
  ['link-local, though local', 'http://[fe80::1]/', true, false],
  ['a zone', 'http://[fe80::1%25eth0]/', true, false],
  ['a fragment', 'https://evil.test#', false, false],
  ['a fragment that hides the rest', 'https://evil.test#.openai.azure.com', false, false],
  ['a query', 'https://evil.test?', false, false],
  ['a user name', 'https://api.openai.com@evil.test/', false, false],
  ['a password', 'https://a:b@evil.test/', false, false],
  ['a backslash', 'https://evil.test\\@api.openai.com', false, false],
  ['a file', 'file:///etc/passwd', true, false],
  ['gopher', 'gopher://127.0.0.1:6379/_', true, false],
  ['javascript', 'javascript:alert(1)', true, false],
  ['a unix socket', 'unix:/var/run/docker.sock', true, false],
  ['nothing', '', true, false],
  ['a percent sign in the host', 'https://a%2eevil.test/', false, 'https://a.evil.test'],
  ['a name with a dot at its end', 'https://api.openai.com./v1', false, 'https://api.openai.com./v1'],
  [
    'a name that resolves wherever it likes',
    'http://127.0.0.1.nip.io/v1',
    false,
    'http://127.0.0.1.nip.io/v1',
  ],
]
for (const [name, baseUrl, local, expected] of bases) {
  test(`egress: base: ${name}`, () => {
    const base = readBase(baseUrl, local)
    assert.equal(base.ok ? base.value.origin + base.value.path : false, expected)
  })
}

const paths: readonly [name: string, path: string, expected: string | false][] = [
  ['a path', '/chat/completions', '/v1/chat/completions'],
  [
    'a query',
    '/models/gemini-2.5:streamGenerateContent?alt=sse',
    '/v1/models/gemini-2.5:streamGenerateContent?alt=sse',
  ],
  ['no slash', '@evil.test/', false],
  ['a dot for a beginning', '.evil.test/', false],
  ['a port for a beginning', ':80@evil.test/', false],
  ['upwards', '/../admin', false],
  ['upwards in the middle', '/models/../../x', false],
  ['upwards at the end', '/models/..', false],
  ['upwards, encoded', '/models/%2e%2E/x', false],
  ['upwards, half encoded', '/models/.%2e?x=1', false],
  ['here', '/./x', false],
  ['dots within a name', '/models/a..b/c...', '/v1/models/a..b/c...'],
  ['a second host', '//evil.test/x', '/v1//evil.test/x'],
  ['a backslash', '/\\evil.test', false],
  ['a fragment', '/x#y', false],
  ['a line end', '/x\r\nHost: evil.test', false],
  ['a space', '/x HTTP/1.1', false],
  ['nothing', '', false],
]
for (const [name, path, expected] of paths) {
  test(`egress: path: ${name}`, () => {
    const address = wireAddress({ origin: 'https://a.test', path: '/v1' }, path)
    assert.equal(address.ok ? address.value.path : false, expected)
    if (address.ok) assert.equal(new URL(address.value.origin + address.value.path).host, 'a.test')
  })
}
