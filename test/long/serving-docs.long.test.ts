/** The pages about serving: their commands run against a gateway with the configuration that the page begins with. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { startGateway, temporaryDirectory } from '../e2e/gateway-process.ts'

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname

interface Page {
  readonly name: string
  /** Of each block of commands, in order, what its output must say. */
  readonly says: readonly (readonly RegExp[])[]
}

const pages: readonly Page[] = [
  {
    name: 'caching',
    says: [
      [/x-adaptive-cache: miss\s+x-adaptive-cache: hit/, /answers were taken away/],
      [/3 of 3/, /3 warmed, 0 known already, 0 failed/, /Hit share so far/],
    ],
  },
  { name: 'limits', says: [[/am-[0-9a-z]+/, /reports/]] },
  {
    name: 'batch',
    says: [[/2 of 2 lines, 2 answered, 0 failed/], [/"status":"completed"/], [/"object":"chat\.completion"/]],
  },
  {
    name: 'monitoring',
    says: [
      [
        /"status":"ok"/,
        /"status":"healthy"/,
        /adaptive_mind_requests_total/,
        /"lastErrors"/,
        /nothing is wrong/,
      ],
    ],
  },
  { name: 'operations', says: [[/The chain is whole: 3 entries/], [/The chain is whole: 3 entries/]] },
  { name: 'profiles', says: [[/"object":"chat\.completion"/]] },
]

const fences = (page: string, language: string): readonly string[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, text]) =>
    found === language && text ? [text] : [],
  )

/** For pages that show no providers of their own. */
const usual = `providers:
  house: { dialect: openai, base_url: "http://127.0.0.1:9200/v1", keys: [k1], models: [small] }
routes:
  chat: { targets: [ { provider: house, models: [small] } ] }
`
for (const { name, says } of pages) {
  const page = readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8')

  test(`docs/${name}.md: its commands do what it says`, async (t) => {
    const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
    t.after(() => sandbox.close())
    const [first = ''] = fences(page, 'yaml').filter((text) => text.includes('9200'))
    const config = (first || usual).replaceAll('http://127.0.0.1:9200', sandbox.address)
    const gateway = await startGateway(config)
    t.after(async () => {
      await gateway.kill()
      gateway.remove()
    })
    const dir = temporaryDirectory()
    t.after(() => rmSync(dir, { recursive: true, force: true }))
    writeFileSync(join(dir, 'adaptive-mind.yaml'), config)
    for (let at = 0; at < 3; at += 1) await ask(gateway.url, `before ${at}`)
    // Read through the gateway, the journal has every entry.
    await (await fetch(`${gateway.url}/v1/ledger?limit=1`)).text()
    const blocks = fences(page, 'sh')
    assert.equal(blocks.length, says.length)
    for (const [at, block] of blocks.entries()) {
      const text = await outputOf(block.replaceAll('http://127.0.0.1:4100', gateway.url), {
        dir,
        data: join(gateway.dir, 'data'),
      })
      for (const pattern of says[at] ?? []) assert.match(text, pattern)
    }
  })
}

async function ask(url: string, content: string): Promise<void> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content }] }),
  })
  assert.equal(answer.status, 200, await answer.text())
}

/** Of commands as they stand in a page; one that fails fails the test. */
async function outputOf(block: string, { dir, data }: { dir: string; data: string }): Promise<string> {
  const node = `"${process.execPath}" --disable-warning=ExperimentalWarning`
  const script = `set -e\nadaptive-mind() { ${node} ${main} "$@"; }\nnode() { ${node} "$@"; }\n${block}`
  const child = spawn('bash', ['-c', script], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ADAPTIVE_MIND_DATA: data },
  })
  let text = ''
  const hear = (piece: Buffer) => {
    text += piece
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.equal(code, 0, `${block}\n${text}`)
  return text
}
