import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { get as getSafely } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, runCli, startGateway, temporaryDirectory } from '../e2e/gateway-process.ts'
import { makeCertificate } from '../e2e/make-certificate.ts'

const nobody = 'providers: { p: { dialect: openai, base_url: "http://127.0.0.1:1/v1", keys: [k] } }\n'

/** The lines of a gateway that stays quiet are of what went wrong. */
async function withTeam(
  config: string,
  body: (team: GatewayProcess) => Promise<void>,
  { workers = 2, dir = temporaryDirectory() } = {},
): Promise<void> {
  const team = await startGateway(`${config}rates: { mode: off }\n`, {
    dir,
    args: ['--workers', String(workers)],
  })
  try {
    await body(team)
  } finally {
    await team.kill()
    team.remove()
  }
}

/** The processes of the workers. */
function workersOf({ process: { pid } }: GatewayProcess): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return stdout.trim().split(/\s+/).filter(Boolean).map(Number)
}

async function until(isSo: () => boolean, what: () => string): Promise<void> {
  const endMs = performance.now() + 15_000
  while (!isSo()) {
    assert.ok(performance.now() < endMs, what())
    await systemClock.sleep(10)
  }
}

/** What becomes of one request on a connection of its own: a status, the code of an error, or `silence`. */
function ending(url: string, waitMs: number): Promise<number | string> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    })
    request.setTimeout(waitMs, () => resolve('silence'))
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
  })
}

test('workers: a burst of connections is spread evenly over them', async () => {
  const provider = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  const config = `providers: { p: { dialect: openai, base_url: "${provider.address}/v1", keys: [k] } }\nroutes: { chat: { targets: [ { provider: p, models: [m] } ] } }\n`
  await withTeam(
    config,
    async (team) => {
      const ask = (at: number) =>
        fetch(`${team.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', connection: 'close' },
          body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: `question ${at}` }] }),
        }).then((answer) => answer.text())
      await Promise.all(Array.from({ length: 30 }, (_, at) => ask(at)))
      assert.equal(await team.end(), 0)
      const listed = runCli(['ledger', 'list', '--limit', '100', '--json', '--data', join(team.dir, 'data')])
      const entries: readonly { readonly journalId: string }[] = JSON.parse(listed.stdout)
      const counts = new Map<string, number>()
      for (const { journalId } of entries) counts.set(journalId, (counts.get(journalId) ?? 0) + 1)
      assert.equal(entries.length, 30)
      assert.deepEqual([...counts.values()], [10, 10, 10])
    },
    { workers: 3 },
  )
  await provider.close()
})

test('workers: of requests under way as one is killed each ends, none in silence', async () => {
  await withTeam(nobody, async (team) => {
    const endings = new Map<number | string, number>()
    let isOver = false
    const loops = Array.from({ length: 32 }, async () => {
      while (!isOver) {
        const how = await ending(`${team.url}/health`, 5_000)
        endings.set(how, (endings.get(how) ?? 0) + 1)
      }
    })
    for (let round = 1; round <= 2; round += 1) {
      await systemClock.sleep(200)
      process.kill(workersOf(team)[0] ?? 0, 'SIGKILL')
      const told = () => team.errors().split('it is started again').length > round
      await until(told, team.errors)
      await until(() => workersOf(team).length === 2, team.errors)
    }
    isOver = true
    await Promise.all(loops)
    assert.ok((endings.get(200) ?? 0) > 50)
    for (const how of endings.keys())
      assert.ok([200, 'ECONNRESET', 'EPIPE'].includes(how), JSON.stringify([...endings]))
  })
})

test('workers: while one does not read, the others answer; while none lives, callers are told', async () => {
  await withTeam(nobody, async (team) => {
    const [first = 0, second = 0] = workersOf(team)
    process.kill(first, 'SIGSTOP')
    const endings = await Promise.all(Array.from({ length: 60 }, () => ending(`${team.url}/health`, 1_500)))
    assert.ok(endings.filter((how) => how === 200).length >= 44, JSON.stringify(endings))
    process.kill(first, 'SIGKILL')
    process.kill(second, 'SIGKILL')
    await until(() => team.errors().split('SIGKILL').length === 3, team.errors)
    assert.equal(await ending(`${team.url}/health`, 1_000), 'ECONNRESET')
    await until(() => workersOf(team).length === 2, team.errors)
    let last: number | string = ''
    while (last !== 200) last = await ending(`${team.url}/health`, 5_000)
  })
})

test('workers: who has sent all and closed that half still reads the answer', async () => {
  await withTeam(nobody, async (team) => {
    const { port } = new URL(team.url)
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
    socket.end('GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    let text = ''
    for await (const piece of socket) text += piece
    assert.match(text, /^HTTP\/1.1 200/)
  })
})

test('workers: they end with the process that leads them', async () => {
  await withTeam(nobody, async (team) => {
    const workers = workersOf(team)
    process.kill(team.process.pid ?? 0, 'SIGKILL')
    const isAlive = (pid: number) => {
      const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
      return state !== '' && !state.startsWith('Z')
    }
    await until(
      () => !workers.some(isAlive),
      () => 'they live on',
    )
  })
})

test('workers: TLS, and each takes a new certificate over', {
  skip: makeCertificate ? false : 'openssl is not installed on this machine',
}, async () => {
  const dir = temporaryDirectory()
  makeCertificate?.(dir, 'first')
  const tls = `server: { tls: { cert_file: "${join(dir, 'cert.pem')}", key_file: "${join(dir, 'key.pem')}" } }\n`
  const names = (url: string) =>
    Promise.all(Array.from({ length: 4 }, () => nameAt(url, readFileSync(join(dir, 'cert.pem'), 'utf8'))))
  await withTeam(
    nobody + tls,
    async (team) => {
      assert.deepEqual(new Set(await names(team.url)), new Set(['first']))
      makeCertificate?.(dir, 'second')
      await until(() => team.errors().split('the new certificate is in force').length === 3, team.errors)
      assert.deepEqual(new Set(await names(team.url)), new Set(['second']))
    },
    { dir },
  )
})

function nameAt(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    getSafely(`${url}/health`, { ca, agent: false }, (response) => {
      const socket = response.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
      const { CN } = socket.getPeerCertificate().subject
      response.resume()
      response.on('end', () => resolve(CN))
    }).on('error', reject)
  })
}

test('workers: a port that is taken is told once, before any of them starts', async () => {
  await withTeam(nobody, async (team) => {
    const dir = temporaryDirectory()
    await assert.rejects(
      startGateway(nobody, { dir, args: ['--workers', '2', '--port', new URL(team.url).port] }),
      (error: Error) => /^exit 1: port \d+ on 127\.0\.0\.1 is taken: [^\n]+\n$/.test(error.message),
    )
  })
})
