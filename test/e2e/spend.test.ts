import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { inboundAdapters } from '../../src/cli/adapters.ts'
import { digestOf, makeVirtualKey } from '../../src/record/control/virtual-key.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type GatewayProcess, runCli, startGateway } from './gateway-process.ts'

const open: { close(): unknown }[] = []
after(async () => {
  for (const one of open.reverse()) await one.close()
})

const acme = makeVirtualKey()
const globex = makeVirtualKey()

const ask = (gateway: GatewayProcess, key: string) =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Hello' }] }),
  })

test('spend: told by key and tenant, to each tenant its own; a budget goes on after a restart', async () => {
  const sandbox = await startSandbox({ inbound: inboundAdapters, clock: systemClock })
  open.push(sandbox)
  const config = (budget: string) => `providers:
  p: { dialect: openai, base_url: "${sandbox.address}/v1", keys: [k], models: [{ name: m, input_price: "100", output_price: "100" }] }
routes: { chat: { targets: [ { provider: p, models: [m] } ] } }
access:
  keys:
    - { name: acme, tenant: acme, digest: "sha256:${digestOf(acme)}", scopes: [inference, read], limits: ${budget} }
    - { name: globex, tenant: globex, digest: "sha256:${digestOf(globex)}" }
`
  const first = await startGateway(config('{}'))
  open.push({ close: () => first.remove() })
  const costs: number[] = []
  for (const key of [acme, acme, globex])
    costs.push(Number((await ask(first, key)).headers.get('x-adaptive-cost-usd')))
  assert.ok((costs[0] ?? 0) > 0)
  const own = await fetch(`${first.url}/v1/spend?by=key,model`, {
    headers: { authorization: `Bearer ${acme}` },
  })
  const { data } = (await own.json()) as { data: Record<string, unknown>[] }
  const sum = ((costs[0] ?? 0) + (costs[1] ?? 0)).toFixed(6)
  assert.deepEqual(
    data.map(({ key, model, requests, usd }) => [key, model, requests, usd]),
    [['file:acme', 'm', 2, sum]],
  )
  const denied = await fetch(`${first.url}/v1/spend`, { headers: { authorization: `Bearer ${globex}` } })
  assert.equal(denied.status, 403)
  const wrong = await fetch(`${first.url}/v1/spend?by=colour`, {
    headers: { authorization: `Bearer ${acme}` },
  })
  assert.equal(wrong.status, 400)
  await first.end()
  const told = runCli(['spend', '--by', 'tenant', '--json', '--data', join(first.dir, 'data')])
  const rows = JSON.parse(told.stdout)
  assert.deepEqual(
    rows.map(({ tenant, requests, usd }: Record<string, unknown>) => [tenant, requests, usd]),
    [
      ['acme', 2, sum],
      ['globex', 1, (costs[2] ?? 0).toFixed(6)],
    ],
  )
  assert.match(runCli(['spend', '--data', join(first.dir, 'data')]).stdout, /acme/)
  assert.equal(runCli(['spend', '--by', 'colour']).status, 2)
  assert.equal(runCli(['spend', '--from', 'yesterday']).status, 2)

  const second = await startGateway(config(`{ usd_per_month: "${sum}" }`), { dir: first.dir })
  open.push({ close: () => second.kill() })
  assert.equal((await ask(second, acme)).status, 429)
  assert.equal((await ask(second, globex)).status, 200)
})
