import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type GatewayProcess, runCli, startGateway, temporaryDirectory } from './gateway-process.ts'

let gateway: GatewayProcess
before(async () => {
  gateway = await startGateway()
})
after(async () => {
  await gateway.kill()
  gateway.remove()
})

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

function send({ method = 'POST', path = '/v1/chat/completions', headers = {}, body = '' }: Sent) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = request(
      gateway.url + path,
      { method, headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

const good = JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Hi' }] })
const rows: readonly [name: string, sent: Sent, status: number, code: string][] = [
  ['not JSON', { body: '{"model":' }, 400, 'body_not_json'],
  ['an array', { body: '[]' }, 400, 'body_not_json'],
  ['depth 20,000', { body: '['.repeat(20_000) }, 400, 'body_too_deep'],
  ['no messages', { body: '{"model":"chat"}' }, 400, 'invalid_request'],
  ['messages of a wrong type', { body: '{"model":"chat","messages":"hi"}' }, 400, 'invalid_request'],
  [
    'a wrong role',
    { body: '{"model":"chat","messages":[{"role":"boss","content":"x"}]}' },
    400,
    'invalid_request',
  ],
  [
    'a temperature out of range',
    { body: good.replace('}', ',"x":1}').replace(/}$/, ',"temperature":9}') },
    400,
    'invalid_request',
  ],
  ['an unknown model', { body: good.replace('chat', 'nobody') }, 404, 'model_not_found'],
  [
    'another content type',
    { headers: { 'content-type': 'text/plain' }, body: good },
    415,
    'unsupported_media_type',
  ],
  ['another method', { method: 'PUT', body: good }, 405, 'method_not_allowed'],
  ['an unknown path', { method: 'GET', path: '/v2/none' }, 404, 'unknown_path'],
  ['a path that is not served', { path: '/v1/audio/speech', body: '{}' }, 501, 'not_implemented'],
  ['a rebound host', { headers: { host: 'evil.test' }, body: good }, 403, 'forbidden_origin'],
  [
    'a page of another site',
    { headers: { origin: 'https://evil.test' }, body: good },
    403,
    'forbidden_origin',
  ],
  ['a gateway that calls itself', { headers: { 'x-adaptive-hop': '1' }, body: good }, 508, 'loop_detected'],
]
for (const [name, sent, status, code] of rows) {
  test(`bad request: ${name}`, async () => {
    const answer = await send(sent)
    assert.equal(answer.status, status, answer.text)
    const { error } = JSON.parse(answer.text)
    assert.equal(error.code, code)
    assert.ok(error.message.length > 5 && !/ at .*\.ts/.test(error.message))
  })
}

test('bad request: 100 MB is refused, and the process stays up', async () => {
  const answer = await send({ body: Buffer.alloc(100 * 1_048_576, 97) }).catch((error) => error)
  // The server may close the connection before such a body is sent whole.
  if (!(answer instanceof Error)) assert.equal(answer.status, 413)
  assert.equal((await send({ body: good })).status, 200)
})

test('bad requests leave no entry: nothing reached a provider', async () => {
  const entries = JSON.parse(gateway.ledger('list'))
  assert.ok(entries.every(({ outcome }: { outcome: string }) => outcome === 'SUCCESS'))
})

const provider = 'providers:\n  openai: { keys: [k] }\n'
const wrong: readonly [name: string, text: string, says: RegExp][] = [
  ['a misspelt field', `${provider}timeuots: {}\n`, /:3:1 timeuots: .*Did you mean "timeouts"\?/],
  ['an unknown provider', 'providers:\n  opnai: { keys: [k] }\n', /:2:3 providers\.opnai: .*"openai"/],
  [
    'a negative timeout',
    `${provider}timeouts: { total_ms: -1 }\n`,
    /:3:13 timeouts\.total_ms: must be at least 1/,
  ],
  [
    'a missing variable',
    'providers:\n  openai: { keys: ["${NOPE_KEY}"] }\n',
    /:2:\d+ providers\.openai\.keys\.0: .*NOPE_KEY is not set/,
  ],
  [
    'a route to nowhere',
    `${provider}routes: { chat: { targets: [ { provider: gone, models: [m] } ] } }\n`,
    /:3:\d+ .*no provider "gone"/,
  ],
]
for (const [name, text, says] of wrong) {
  test(`wrong configuration: ${name} is one line, exit code 2`, () => {
    const dir = temporaryDirectory()
    const file = join(dir, 'wrong.yaml')
    writeFileSync(file, text)
    const { status, stdout, stderr } = runCli([
      'serve',
      '--config',
      file,
      '--data',
      join(dir, 'data'),
      '--port',
      '0',
    ])
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(stderr, says)
    assert.equal(stderr.trim().split('\n').length, 1)
  })
}

test('wrong use: an address beyond this machine, an unknown command, an unknown option', () => {
  const dir = temporaryDirectory()
  const beyond = runCli(['serve', '--host', '0.0.0.0', '--port', '0', '--data', dir])
  assert.deepEqual(
    [beyond.status, /refusing to listen on 0\.0\.0\.0 without an admin key/.test(beyond.stderr)],
    [2, true],
  )
  assert.equal(runCli(['nothing']).status, 2)
  assert.equal(runCli(['serve', '--nothing']).status, 2)
  assert.equal(runCli(['--help']).status, 0)
})

test('a provider that is this gateway itself: refused, not asked for ever', async () => {
  const port = new URL(gateway.url).port
  const self = await startGateway(
    `providers: { self: { dialect: openai, base_url: "http://127.0.0.1:${port}/v1", keys: [k] } }\nroutes: { chat: { targets: [ { provider: self, models: [chat] } ] } }\n`,
  )
  const { url } = self
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: good,
  })
  assert.equal(answer.status, 502)
  const [entry] = JSON.parse(self.ledger('list'))
  assert.ok(
    entry.attempts.every(({ fault }: { fault: { cause: { status: number } } }) => fault.cause.status === 508),
  )
  await self.kill()
  self.remove()
})

test('a data directory that is in use is refused with a remedy', () => {
  const { status, stderr } = runCli(['serve', '--port', '0', '--data', join(gateway.dir, 'data')])
  assert.equal(status, 1)
  assert.match(stderr, /another process is writing to/)
})

test('a ledger that does not exist is said so, with exit code 1', () => {
  assert.equal(runCli(['ledger', 'list', '--data', temporaryDirectory()]).status, 1)
})

const commands: readonly [args: readonly string[], status: number, says: RegExp][] = [
  [['nonsense'], 2, /^unknown command 'nonsense': adaptive-mind --help names them all\n$/],
  [['batch', 'nonsense'], 2, /unknown command 'nonsense'/],
  [['serve', 'nonsense'], 2, /too many arguments for 'serve'/],
  [['batch', 'run', 'none.jsonl', '--out', 'o.jsonl'], 2, /^none\.jsonl cannot be read\n$/],
  [['batch', 'run', 'none.jsonl', '--out', 'o.jsonl', '--url', 'here'], 2, /^--url must be an http or https/],
  [['spend', '--data', join(temporaryDirectory(), 'none')], 1, /^there is no ledger in .+none: start/],
]
for (const [args, status, says] of commands)
  test(`bad use: adaptive-mind ${args.slice(0, 3).join(' ')}`, () => {
    const told = runCli(args)
    assert.equal(told.status, status)
    assert.match(told.stderr, says)
  })

test('help: each command tells the options that all of them take', () => {
  assert.match(runCli(['cache', 'stats', '--help']).stdout, /Global Options:\n +--config/)
})
