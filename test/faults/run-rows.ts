/** Runs rows of the table against the real gateway, each in every dialect, alone and with a second target. */

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { breaksOfAnswer, endingOf, type Judged } from './judge.ts'
import { type OpenPlaces, openPlaces } from './places.ts'
import { lanes as everyLane, keyOf, type Lane, laneName, openRig, type Rig, shortLimits } from './rig.ts'
import type { Expected, FaultRow } from './rows.ts'
import { healthyAs, openWall } from './wall.ts'
import { text } from './wire-form.ts'

export interface RowRun {
  readonly name: string
  readonly rows: readonly FaultRow[]
  readonly lanes?: readonly Lane[]
  /** Rows at a time. */
  readonly concurrency: number
  /** In place of the short limits; `totalMs` is the time they allow a request. */
  readonly limits?: { readonly settings: object; readonly totalMs: number }
}

interface Case {
  readonly row: FaultRow
  readonly expected: Expected
  readonly lane: Lane
  readonly stream: boolean
  readonly isBacked: boolean
  /** Names route and test alike. */
  readonly name: string
}

function casesOf({ rows, lanes = everyLane }: RowRun): readonly Case[] {
  return rows.flatMap((row, at) =>
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
}

async function openFor(run: RowRun, cases: readonly Case[]): Promise<{ rig: Rig; places: OpenPlaces }> {
  const places = await openPlaces()
  const wall = await openWall()
  for (const { row, name, expected } of cases) {
    wall.behave(name, 'bad', row.way)
    wall.behave(name, 'good', healthyAs(expected.tool ?? false))
  }
  const spec = {
    providers: cases.flatMap(({ row, name, lane }) => [
      { name: `${name}-bad`, dialect: lane.provider, at: row.at?.(places) ?? `${name}/bad` },
      { name: `${name}-good`, dialect: lane.provider, at: `${name}/good` },
    ]),
    routes: cases.map(({ name, isBacked }) => ({
      name,
      providers: isBacked ? [`${name}-bad`, `${name}-good`] : [`${name}-bad`],
      recovery: ['align', 'continue'],
    })),
    ...(run.limits ? { settings: run.limits.settings } : {}),
  }
  return { rig: await openRig(spec, wall), places }
}

async function breaksOf(rig: Rig, one: Case, totalMs: number): Promise<string[]> {
  const { row, expected, lane, stream, isBacked, name } = one
  const bad = `${name}-bad`
  const heard = await rig.caller.ask({
    url: rig.gateway.address,
    dialect: lane.caller,
    model: name,
    stream,
    tools: expected.tool ?? false,
    signal: AbortSignal.timeout(totalMs + 2_000),
  })
  const judged: Judged = {
    heard,
    entry: await rig.entry(heard.requestId),
    stream,
    said: expected.said ?? text,
    tool: expected.tool ?? false,
    deadlineMs: totalMs,
    isEndless: row.name.includes('words without end'),
    secrets: [keyOf(bad), keyOf(`${name}-good`)],
  }
  const found = breaksOfAnswer(judged)
  const ending = endingOf(judged, bad)
  const wanted = isBacked ? expected.backed : expected.alone
  if (ending !== wanted) found.push(`ends with ${ending}, not ${wanted} (${judged.entry?.error?.message})`)
  const mostMs = isBacked ? (expected.backedWithinMs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
  if (heard.tookMs > mostMs) found.push(`it took ${Math.round(heard.tookMs)} ms, not ${mostMs}`)
  const calls = rig.wall.calls.filter(({ test: of, who }) => of === name && who === 'bad')
  const wantedCalls = isBacked ? expected.backedCalls : expected.calls
  if (calls.length !== wantedCalls) found.push(`${calls.length} calls to the provider, not ${wantedCalls}`)
  await new Promise((resolve) => setTimeout(resolve, 400))
  if (calls.some(({ closedAtMs }) => closedAtMs === undefined))
    found.push('a socket to the provider is still open 400 ms after the answer')
  return found
}

export function runRows(run: RowRun): void {
  const cases = casesOf(run)
  const totalMs = run.limits?.totalMs ?? shortLimits.timeouts.total_ms
  suite(run.name, { concurrency: run.concurrency }, () => {
    let rig: Rig
    let places: OpenPlaces
    before(async () => {
      const opened = await openFor(run, cases)
      rig = opened.rig
      places = opened.places
    })
    after(async () => {
      const leaks = rig.wall.calls.filter(({ test: of }) => of === 'leak')
      const running = rig.gateway.running()
      await rig.close()
      await places.close()
      assert.deepEqual(leaks, [], 'a redirect was followed')
      assert.equal(running, 0, 'requests that never ended')
    })
    for (const row of run.rows)
      for (const stream of [false, true]) {
        const own = cases.filter((one) => one.row === row && one.stream === stream)
        if (own.length === 0) continue
        test(`${row.name} (${row.dialect ?? 'every dialect'}, ${stream ? 'streamed' : 'whole'})`, async () => {
          const found = await Promise.all(
            own.map(async (one) => {
              const where = `${laneName(one.lane)} ${one.isBacked ? 'with a second target' : 'alone'}`
              const breaks = await breaksOf(rig, one, totalMs).catch((error) => [`no answer: ${error}`])
              return breaks.map((words) => `${where}: ${words}`)
            }),
          )
          assert.deepEqual(found.flat(), [])
        })
      }
  })
}
