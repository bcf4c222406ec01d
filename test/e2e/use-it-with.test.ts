/** The pages of `docs/use-it-with`: their programs are run, their configurations read, their variables used. */

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { readConfig } from '../../src/config/read-config.ts'
import { type GatewayProcess, runCli, startGateway } from './gateway-process.ts'

const root = new URL('../..', import.meta.url).pathname
const folder = join(root, 'docs/use-it-with')
/** Programs find their packages from here. */
const programs = join(root, `node_modules/.use-it-with-${process.pid}`)

let gateway: GatewayProcess
before(async () => {
  gateway = await startGateway()
  const made = runCli(['keys', 'create', '--name', 'docs', '--json', '--data', join(gateway.dir, 'data')])
  process.env['ADAPTIVE_MIND_KEY'] = JSON.parse(made.stdout).key
  mkdirSync(programs)
})
after(async () => {
  rmSync(programs, { recursive: true })
  await gateway.kill()
  gateway.remove()
})

const pages = readdirSync(folder).sort()
const fences = (page: string, language: string): readonly string[] =>
  [...readFileSync(join(folder, page), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(
    ([, found, text]) => (found === language && text ? [text] : []),
  )
const here = (text: string) => text.replaceAll('http://127.0.0.1:4100', gateway.url)

test('use it with: a page for each', () => {
  assert.deepEqual(
    pages.map((page) => page.replace('.md', '')),
    [
      'anthropic-sdk',
      'claude-code',
      'langchain',
      'litellm',
      'openai-sdk',
      'openrouter',
      'portkey',
      'vercel-ai-sdk',
    ],
  )
  for (const page of pages) assert.ok(fences(page, 'js').length + fences(page, 'sh').length > 0, page)
})

/** Everything the program writes, in a thread of its own. */
async function outputOf(program: string): Promise<string> {
  const file = join(programs, `${Math.trunc(performance.now() * 1_000)}.mjs`)
  writeFileSync(file, here(program))
  const worker = new Worker(file, { stdout: true })
  let output = ''
  worker.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  await new Promise((resolve, reject) => worker.once('error', reject).once('exit', resolve))
  return output
}

for (const page of pages)
  for (const [at, program] of fences(page, 'js').entries())
    test(`use it with: ${page}: program ${at + 1} runs`, async () => {
      const output = await outputOf(program)
      assert.match(output.replace(/\n/g, ''), /simulated answer from the sandbox/)
    })

for (const page of pages)
  for (const text of fences(page, 'yaml'))
    test(`use it with: ${page}: its configuration is read`, () => {
      const env = { OPENAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'b', OPENROUTER_API_KEY: 'c' }
      const config = readConfig({ text, file: page, env })
      assert.ok(config.ok, JSON.stringify(config))
      assert.ok(config.value.routes.has('chat'))
    })

/** `export NAME=value` lines, with the key put in. */
const variablesOf = (page: string) =>
  Object.fromEntries(
    fences(page, 'sh').flatMap((text) =>
      [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [
        name,
        here(String(value)).replace('$ADAPTIVE_MIND_KEY', process.env['ADAPTIVE_MIND_KEY'] ?? ''),
      ]),
    ),
  )

const environments: readonly [page: string, names: readonly string[]][] = [
  ['openai-sdk.md', ['OPENAI_BASE_URL', 'OPENAI_API_KEY']],
  ['litellm.md', ['OPENAI_BASE_URL', 'OPENAI_API_KEY']],
  ['anthropic-sdk.md', ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY']],
  [
    'claude-code.md',
    ['ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_MODEL', 'ANTHROPIC_DEFAULT_HAIKU_MODEL'],
  ],
]
for (const [page, names] of environments) {
  test(`use it with: ${page}: the SDK that reads its variables is answered`, async (t) => {
    const variables = variablesOf(page)
    assert.deepEqual(Object.keys(variables), names)
    for (const [name, value] of Object.entries(variables)) process.env[name] = String(value)
    t.after(() => {
      for (const name of names) delete process.env[name]
    })
    const messages = [{ role: 'user' as const, content: 'Hello' }]
    if (names.includes('OPENAI_BASE_URL')) {
      const answer = await new OpenAI().chat.completions.create({ model: 'chat', messages })
      assert.match(answer.choices[0]?.message.content ?? '', /simulated/)
    } else {
      const model = variables['ANTHROPIC_MODEL'] ?? 'chat'
      const answer = await new Anthropic().beta.messages.create({ model, max_tokens: 9, messages })
      assert.equal(answer.type, 'message')
    }
  })
}
