/** Kills a gateway under load at random moments, starts it again, and compares its ledger with what callers and provider saw. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { systemClock } from '../../src/base/clock.ts'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import type { ChatRequest } from '../../src/protocol/chat.ts'
import type { LedgerEntry } from '../../src/protocol/ledger-entry.ts'
import { openLedgerReader } from '../../src/record/ledger-reader.ts'
import { createPromptHasher } from '../../src/record/prompt-hash.ts'
import { simulatedAnswer } from '../../src/sandbox/answerer.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, startGateway, temporaryDirectory } from '../e2e/gateway-process.ts'
import { hasPython, ledgerCommand, verifyByPython } from './filled-ledger.ts'

export interface KillCounts {
  readonly kills: number
  readonly answered: number
  readonly crashed: number
  readonly entries: number
}

interface Round {
  /** Request id of each answer that came whole. */
  readonly answered: string[]
  /** Prompts whose callers were told nothing of an end. */
  readonly open: Set<string>
}

const callers = 12

/** Asserts after every kill; the seed is told with every failure. */
export async function killLoop(times: number, seed: number): Promise<KillCounts> {
  const random = seededRandom(seed)
  const seen = new Set<string>()
  const sandbox = await startSandbox({
    inbound: inboundAdapters,
    clock: systemClock,
    answerer: (asked) => {
      seen.add(promptOf(asked))
      return simulatedAnswer(asked)
    },
    file: { token_delay_ms: 2 },
  })
  sandbox.setRules([{ match: { model: 'slow' }, delay_ms: 60 }])
  const config = `
providers: { house: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [fast, slow] } }
routes: { chat: { targets: [ { provider: house, models: [fast] } ] }, slow: { targets: [ { provider: house, models: [slow] } ] } }
ledger: { checkpoints: { every_entries: 50, every_ms: 200 } }
`
  const dir = temporaryDirectory()
  const answered: string[] = []
  let gateway = await startGateway(config, { dir })
  try {
    for (let kill = 1; kill <= times; kill += 1) {
      const round = await loadAndKill(gateway, random, `${kill}`)
      answered.push(...round.answered)
      gateway = await startGateway(config, { dir })
      const about = `seed ${seed}, kill ${kill}`
      check(gateway, { answered, seen, open: round.open }, about)
      if (hasPython && (times < 20 || kill % 20 === 0)) checkByPython(join(dir, 'data'), about)
    }
    const entries = allEntries(gateway)
    const crashed = entries.filter(({ outcome }) => outcome === 'UNKNOWN_CRASH').length
    return { kills: times, answered: answered.length, crashed, entries: entries.length }
  } finally {
    await gateway.end()
    gateway.remove()
    await sandbox.close()
  }
}

async function loadAndKill(gateway: GatewayProcess, random: Random, name: string): Promise<Round> {
  const agent = new Agent({ connections: callers })
  const round: Round = { answered: [], open: new Set() }
  let isOver = false
  let sent = 0
  const caller = async () => {
    while (!isOver) {
      sent += 1
      const prompt = `${name}.${sent}`
      round.open.add(prompt)
      const id = await ask(gateway.url, agent, prompt, random())
      if (id !== undefined) {
        round.answered.push(id)
        round.open.delete(prompt)
      }
    }
  }
  const running = Array.from({ length: callers }, caller)
  // By answers and not by time alone, so that a busy machine sees the same moments.
  const after = random() * 40
  const endAtMs = systemClock.monoMs() + 3_000
  while (round.answered.length < after && systemClock.monoMs() < endAtMs) await systemClock.sleep(5)
  await systemClock.sleep(random() * 60)
  isOver = true
  await gateway.kill()
  await Promise.all(running)
  await agent.destroy()
  return round
}

/** The request's id where the answer came whole. */
async function ask(url: string, agent: Agent, prompt: string, chance: number): Promise<string | undefined> {
  const stream = chance < 0.4
  const body = JSON.stringify({
    model: chance > 0.7 ? 'slow' : 'chat',
    stream,
    messages: [{ role: 'user', content: prompt }],
  })
  try {
    const answer = await request(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      dispatcher: agent,
    })
    const text = await answer.body.text()
    const isWhole = answer.statusCode === 200 && (!stream || text.includes('[DONE]'))
    return isWhole ? String(answer.headers['x-request-id']) : undefined
  } catch {
    return undefined
  }
}

interface Expected {
  readonly answered: readonly string[]
  /** Prompts that reached the provider. */
  readonly seen: ReadonlySet<string>
  readonly open: ReadonlySet<string>
}

function check(gateway: GatewayProcess, expected: Expected, about: string): void {
  const entries = allEntries(gateway)
  const byId = Map.groupBy(entries, ({ requestId }) => requestId)
  for (const id of expected.answered)
    assert.deepEqual(
      byId.get(id)?.map(({ outcome }) => outcome),
      ['SUCCESS'],
      `${about}: ${id} was answered`,
    )
  assert.equal(byId.size, entries.length, `${about}: an entry is there twice`)
  const key = Buffer.from(readFileSync(join(gateway.dir, 'data/installation.key'), 'utf8').trim(), 'hex')
  const { hashPrompt } = createPromptHasher(key)
  const byPrompt = Map.groupBy(entries, ({ initialPromptHash }) => initialPromptHash)
  for (const prompt of expected.seen)
    assert.equal(
      byPrompt.get(hashPrompt(saying(prompt), 'default'))?.length,
      1,
      `${about}: ${prompt} was sent`,
    )
  for (const prompt of expected.open) {
    const [entry] = byPrompt.get(hashPrompt(saying(prompt), 'default')) ?? []
    // Committed in the last moment, or in flight: nothing else may become of a request nobody saw the end of.
    if (entry) assert.match(entry.outcome, /^(SUCCESS|UNKNOWN_CRASH)$/, `${about}: ${prompt} was in flight`)
  }
  const verified = ledgerCommand(join(gateway.dir, 'data'), 'verify')
  assert.equal(verified.status, 0, `${about}: ${verified.stderr}`)
}

function checkByPython(dataDir: string, about: string): void {
  const file = join(dataDir, 'export.ndjson')
  writeFileSync(file, ledgerCommand(dataDir, 'export').stdout)
  const key = ledgerCommand(dataDir, 'key').stdout.trim()
  const verified = verifyByPython(file, '--key', key)
  assert.equal(verified.status, 0, `${about}: ${verified.stdout}${verified.stderr}`)
}

function allEntries(gateway: GatewayProcess): readonly LedgerEntry[] {
  const reader = openLedgerReader(join(gateway.dir, 'data'))
  if (!reader.ok) throw new Error(reader.fault)
  const entries = reader.value.list({ limit: 10_000_000 })
  reader.value.close()
  return entries
}

const promptOf = ({ messages }: ChatRequest) =>
  messages.flatMap(({ content }) => content.map((part) => (part.kind === 'text' ? part.text : ''))).join('')

function saying(text: string): ChatRequest {
  return { messages: [{ role: 'user', content: [{ kind: 'text', text }] }] } as unknown as ChatRequest
}
