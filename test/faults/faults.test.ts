import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { breaksOfAnswer, endingOf, type Judged } from './judge.ts'
import { type OpenPlaces, openPlaces } from './places.ts'
import { keyOf, type Lane, laneName, lanes, openRig, type Rig, shortLimits } from './rig.ts'
import type { Expected, FaultRow } from './rows.ts'
import { statusRows } from './rows-status.ts'
import { streamRows } from './rows-stream.ts'
import { wireRows } from './rows-wire.ts'
import { healthy, openWall, type Way } from './wall.ts'

const rows: readonly FaultRow[] = [...statusRows, ...wireRows, ...streamRows]

interface Case {
  readonly row: FaultRow
  readonly expected: Expected
  readonly lane: Lane
  readonly stream: boolean
  readonly isBacked: boolean
  /** Names route and test alike. */
  readonly name: string
}

const cases: readonly Case[] = rows.flatMap((row, at) =>
  [false, true].flatMap((stream) => {
    const expected = stream ? row.stream : row.whole
    if (expected === undefined) return []
    return lanes
      .filter(({ provider }) => row.dialect === undefined || row.dialect === provider)
      .flatMap((lane) =>
        [false, true].map((isBacked) => ({
          row,
          expected,
          lane,
          stream,
          isBacked,
          name: `${at}-${stream ? 'stream' : 'whole'}-${laneName(lane)}-${isBacked ? 'backed' : 'alone'}`,
        })),
      )
  }),
)

/** The second provider says the same as the first would have. */
const healthyAs = (isTool: boolean): Way =>
  isTool
    ? ({ whole, form, openStream, frame, closeStream, call }) => {
        if (!call.stream) return whole(200, JSON.stringify(form.toolWhole()))
        const { head, words, tail } = form.toolStream()
        openStream()
        for (const event of [...head, ...words, ...tail]) frame(event)
        closeStream()
      }
    : healthy

let rig: Rig
let places: OpenPlaces
before(async () => {
  places = await openPlaces()
  const wall = await openWall()
  for (const { row, name, expected } of cases) {
    wall.behave(name, 'bad', row.way)
    wall.behave(name, 'good', healthyAs(expected.tool ?? false))
  }
  rig = await openRig(
    {
      providers: cases.flatMap(({ row, name, lane }) => [
        { name: `${name}-bad`, dialect: lane.provider, at: row.at?.(places) ?? `${name}/bad` },
        { name: `${name}-good`, dialect: lane.provider, at: `${name}/good` },
      ]),
      routes: cases.map(({ name, isBacked }) => ({
        name,
        providers: isBacked ? [`${name}-bad`, `${name}-good`] : [`${name}-bad`],
        recovery: ['align', 'continue'],
      })),
    },
    wall,
  )
})
after(async () => {
  await rig.close()
  await places.close()
})

const breaksOf = (one: Case) =>
  checked(one).catch((error) => [`${one.name}: no answer: ${error instanceof Error ? error.message : error}`])

async function checked({ row, expected, lane, stream, isBacked, name }: Case): Promise<string[]> {
  const bad = `${name}-bad`
  const heard = await rig.caller.ask({
    url: rig.gateway.address,
    dialect: lane.caller,
    model: name,
    stream,
    tools: expected.tool ?? false,
    signal: AbortSignal.timeout(shortLimits.timeouts.total_ms + 2_000),
  })
  const answeredAtMs = performance.now()
  const judged: Judged = {
    heard,
    entry: await rig.entry(heard.requestId),
    stream,
    tool: expected.tool ?? false,
    deadlineMs: shortLimits.timeouts.total_ms,
    isEndless: row.name.includes('without end'),
    secrets: [keyOf(bad), keyOf(`${name}-good`)],
  }
  const found = breaksOfAnswer(judged)
  const ending = endingOf(judged, bad)
  const wanted = isBacked ? expected.backed : expected.alone
  if (ending !== wanted) found.push(`ends with ${ending}, not ${wanted} (${judged.entry?.error?.message})`)
  const calls = rig.wall.calls.filter(({ test, who }) => test === name && who === 'bad')
  const wantedCalls = isBacked ? expected.backedCalls : expected.calls
  if (calls.length !== wantedCalls) found.push(`${calls.length} calls to the provider, not ${wantedCalls}`)
  await new Promise((resolve) => setTimeout(resolve, 250))
  for (const { closedAtMs } of calls)
    if (closedAtMs === undefined)
      found.push(`a socket is still open ${performance.now() - answeredAtMs} ms after the answer`)
  return found.map((words) => `${laneName(lane)} ${isBacked ? 'with a second target' : 'alone'}: ${words}`)
}

suite('faults', { concurrency: 12 }, () => {
  for (const row of rows)
    for (const stream of [false, true]) {
      const own = cases.filter((one) => one.row === row && one.stream === stream)
      if (own.length === 0) continue
      test(`${row.name} (${row.dialect ?? 'every dialect'}, ${stream ? 'streamed' : 'whole'})`, async () => {
        const found = await Promise.all(own.map(breaksOf))
        assert.deepEqual(found.flat(), [])
      })
    }
})

test('faults: no provider’s redirect was followed, and the process lives', async () => {
  assert.deepEqual(
    rig.wall.calls.filter(({ test: of }) => of === 'leak'),
    [],
  )
  assert.equal(rig.gateway.running(), 0)
})
