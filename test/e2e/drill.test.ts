import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runCli, temporaryDirectory } from './gateway-process.ts'

const dir = temporaryDirectory()
const empty = temporaryDirectory()
after(() => {
  for (const one of [dir, empty]) rmSync(one, { recursive: true, force: true })
})

const secret = 'sk-real-key-0123456789'
const file = join(dir, 'adaptive-mind.yaml')
writeFileSync(
  file,
  `providers:
  openai: { keys: ["${secret}-1", "${secret}-2"] }
  claude: { dialect: anthropic, base_url: "https://claude.invalid", keys: ["${secret}-3"], models: [c1] }
  google: { dialect: gemini, base_url: "https://google.invalid", keys: ["${secret}-4"], models: [g1] }
routes:
  chat: { targets: [ { provider: openai, models: [gpt-4.1-mini] }, { provider: claude, models: [c1] }, { provider: google, models: [g1] } ] }
timeouts: { first_token_ms: 1000 }
`,
)
const lonely = join(dir, 'lonely.yaml')
writeFileSync(
  lonely,
  `providers: { claude: { dialect: anthropic, base_url: "https://claude.invalid", keys: ["${secret}"], models: [c1] } }
routes: { chat: { targets: [ { provider: claude, models: [c1] } ] } }
`,
)

interface Report {
  readonly simulated: boolean
  readonly survived: boolean
  readonly results: readonly {
    readonly scenario: string
    readonly requests: readonly {
      readonly survived: boolean
      readonly outcome: string
      readonly calls: number
    }[]
    readonly calls: Readonly<Record<string, number>>
  }[]
}

test('drill: a configuration with three providers survives everything, and no real key is used or told', () => {
  const out = join(dir, 'drill.json')
  const { status, stdout, stderr } = runCli(['drill', '--config', file, '--json', '--out', out])
  assert.equal(stderr, '')
  assert.equal(status, 0)
  const report: Report = JSON.parse(stdout)
  assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), report)
  assert.ok(report.simulated && report.survived)
  assert.deepEqual(
    report.results.map(({ scenario }) => scenario),
    ['openai-outage', 'rate-storm', 'slow-first-token', 'stream-cuts', 'key-revoked'],
  )
  for (const { scenario, requests, calls } of report.results) {
    assert.ok(requests.length > 0 && requests.every(({ survived }) => survived), scenario)
    const made = requests.reduce((sum, one) => sum + one.calls, 0)
    assert.equal(
      Object.values(calls).reduce((sum, count) => sum + count, 0),
      made,
      `${scenario}: every call is in the ledger`,
    )
  }
  const cuts = report.results.find(({ scenario }) => scenario === 'stream-cuts')
  assert.ok(cuts?.requests.some(({ outcome }) => outcome === 'RECOVERED_SUCCESS'))
  assert.ok(!(stdout + stderr).includes(secret))
})

test('drill: a route with a single key does not survive its revocation, and is told what would help', () => {
  const { status, stdout } = runCli(['drill', '--config', lonely, '--scenario', 'key-revoked'])
  assert.equal(status, 1)
  assert.match(stdout, /SIMULATED/)
  assert.match(stdout, /0 of 12/)
  assert.match(stdout, /route chat: 12 lost; .*Remedy: add a target on another provider than claude/)
})

const wrong: readonly [name: string, args: readonly string[], says: RegExp][] = [
  [
    'a scenario nobody knows',
    ['--config', file, '--scenario', 'flood'],
    /there is no scenario "flood": choose openai-outage/,
  ],
  ['a file that is not there', ['--config', join(dir, 'nowhere.yaml')], /cannot be read/],
  [
    'a report that cannot be written',
    ['--config', lonely, '--scenario', 'key-revoked', '--out', join(dir, 'no', 'where')],
    /cannot be written/,
  ],
]
for (const [name, args, says] of wrong)
  test(`drill: ${name} is wrong use`, () => {
    const { status, stderr } = runCli(['drill', ...args])
    assert.equal(status, 2)
    assert.match(stderr, says)
  })

test('drill: nothing configured is wrong use', () => {
  const { status, stderr } = runCli(['drill'], {}, empty)
  assert.equal(status, 2)
  assert.match(stderr, /there is no route to drill/)
})
