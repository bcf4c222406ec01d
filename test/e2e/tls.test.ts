import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { startGateway, temporaryDirectory } from './gateway-process.ts'
import { makeCertificate } from './make-certificate.ts'

/** The body of `/health`, and the name on the certificate. */
function health(url: string, ca: string): Promise<{ status: string; name: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ ca, keepAlive: false, maxCachedSessions: 0 })
    get(`${url}/health`, { agent }, (response) => {
      const { subject } = (
        response.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
      ).getPeerCertificate()
      let text = ''
      response.on('data', (piece) => {
        text += piece
      })
      response.on('end', () => resolve({ status: JSON.parse(text).status, name: subject.CN }))
    }).on('error', reject)
  })
}

test('tls: served by file, and a new certificate is taken over while it runs', {
  skip: makeCertificate ? false : 'openssl is not installed on this machine',
}, async () => {
  const dir = temporaryDirectory()
  makeCertificate?.(dir, 'first')
  const config = `providers: { p: { dialect: openai, base_url: "http://127.0.0.1:1/v1", keys: [k] } }
server: { tls: { cert_file: "${join(dir, 'cert.pem')}", key_file: "${join(dir, 'key.pem')}" } }
`
  const gateway = await startGateway(config)
  try {
    assert.match(gateway.url, /^https:\/\/127\.0\.0\.1:\d+$/)
    const ca = () => readFileSync(join(dir, 'cert.pem'), 'utf8')
    assert.deepEqual(await health(gateway.url, ca()), { status: 'ok', name: 'first' })
    makeCertificate?.(dir, 'second')
    await until(() => gateway.errors().includes('the new certificate is in force'))
    assert.deepEqual(await health(gateway.url, ca()), { status: 'ok', name: 'second' })
    const good = ca()
    writeFileSync(join(dir, 'cert.pem'), 'nonsense')
    await until(() => gateway.errors().includes('the old certificate stays'))
    assert.deepEqual(await health(gateway.url, good), { status: 'ok', name: 'second' })
  } finally {
    await gateway.kill()
    gateway.remove()
    rmSync(dir, { recursive: true, force: true })
  }
})

test('tls: a certificate that is not there is named with its field', async () => {
  const config = `providers: { p: { dialect: openai, base_url: "http://127.0.0.1:1/v1", keys: [k] } }
server: { tls: { cert_file: "/nowhere/cert.pem", key_file: "/nowhere/key.pem" } }
`
  await assert.rejects(
    startGateway(config),
    /\/nowhere\/cert\.pem cannot be read\. Check server\.tls\.cert_file/,
  )
})

async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000
  while (performance.now() < endMs) {
    if (isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not come to be')
}
