import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NumberedLine } from '../../record/batch/line-file.ts'
import { createFakeClock } from '../../sandbox/fake-clock.ts'
import type { BatchLine, LineResult } from './batch-line.ts'
import { type Asked, type RunOptions, runLines } from './run-lines.ts'

const lineText = (id: string) =>
  JSON.stringify({ custom_id: id, url: '/v1/chat/completions', body: { model: 'm' } })

async function* linesOf(texts: readonly string[]): AsyncGenerator<NumberedLine> {
  for (const [at, text] of texts.entries()) yield { number: at + 1, text }
}

const answerTo = ({ number, customId }: BatchLine): LineResult => ({
  number,
  customId,
  response: { status: 200, requestId: 'r', body: {} },
})

interface Ran {
  readonly results: readonly LineResult[]
  readonly mostAtOnce: number
  readonly tookMs: number
  readonly asked: number
}

async function ran(texts: readonly string[], own: Partial<RunOptions> = {}): Promise<Ran> {
  const clock = createFakeClock()
  const results: LineResult[] = []
  let atOnce = 0
  let mostAtOnce = 0
  let asked = 0
  let isOver = false
  const ask = own.ask ?? (async (line: BatchLine): Promise<Asked> => answerTo(line))
  const never = new AbortController().signal
  const running = runLines({
    lines: linesOf(texts),
    isDone: () => false,
    concurrency: 1,
    write: async (result) => void results.push(result),
    clock,
    stop: never,
    cut: never,
    ...own,
    async ask(line, signal) {
      asked += 1
      atOnce += 1
      mostAtOnce = Math.max(mostAtOnce, atOnce)
      await clock.sleep(1_000)
      atOnce -= 1
      return ask(line, signal)
    },
  }).finally(() => {
    isOver = true
  })
  running.catch(() => {})
  for (let step = 0; step < 10_000 && !isOver; step += 1) await clock.advance(100)
  await running
  return { results, mostAtOnce, tookMs: clock.monoMs(), asked }
}

const many = (count: number) => Array.from({ length: count }, (_, at) => lineText(`c${at + 1}`))

for (const [count, concurrency, seconds] of [
  [4, 4, 1],
  [100, 20, 5],
  [5, 2, 3],
] as const)
  test(`run lines: ${count} of a second each, ${concurrency} at once, take ${seconds} s`, async () => {
    const { results, mostAtOnce, tookMs } = await ran(many(count), { concurrency })
    assert.equal(results.length, count)
    assert.equal(mostAtOnce, concurrency)
    assert.ok(tookMs <= seconds * 1_000 + 100, `${tookMs} ms`)
  })

test('run lines: what is wrong with one line stops no other', async () => {
  const { results, asked } = await ran([lineText('a'), 'nonsense', '{}', lineText('b')])
  assert.deepEqual(
    results.map(({ number, customId, error }) => [number, customId, error?.code]),
    [
      [1, 'a', undefined],
      [2, undefined, 'invalid_json_line'],
      [3, undefined, 'missing_custom_id'],
      [4, 'b', undefined],
    ],
  )
  assert.equal(asked, 2)
})

test('run lines: what was done before is passed over', async () => {
  const { results } = await ran(many(5), { isDone: (number) => number % 2 === 1 })
  assert.deepEqual(
    results.map(({ number }) => number),
    [2, 4],
  )
})

test('run lines: a line that must wait is asked again, and in the end told', async () => {
  let left = 3
  const busy = await ran(many(1), {
    async ask(line) {
      left -= 1
      const otherwise = { number: line.number, customId: line.customId, error: { code: 'x', message: '' } }
      return left > 0 ? { againInMs: 5_000, otherwise } : answerTo(line)
    },
  })
  assert.equal(busy.asked, 3)
  assert.equal(busy.results[0]?.error, undefined)
  const never = await ran(many(1), {
    ask: async ({ number }) => ({ againInMs: 1, otherwise: { number, error: { code: 'x', message: '' } } }),
  })
  assert.equal(never.asked, 20)
  assert.equal(never.results[0]?.error?.code, 'x')
})

test('run lines: once stopped no line is begun, and those that run are written', async () => {
  const stop = new AbortController()
  const { results, asked } = await ran(many(10), {
    concurrency: 2,
    stop: stop.signal,
    async ask(line) {
      stop.abort()
      return answerTo(line)
    },
  })
  assert.equal(asked, 2)
  assert.equal(results.length, 2)
})

test('run lines: what is cut off is not written', async () => {
  const cut = new AbortController()
  const { results } = await ran(many(2), {
    stop: cut.signal,
    cut: cut.signal,
    async ask(line) {
      cut.abort()
      return answerTo(line)
    },
  })
  assert.equal(results.length, 0)
})

test('run lines: a result that cannot be written ends the run', async () => {
  const write = async () => {
    throw new Error('disk full')
  }
  await assert.rejects(ran(many(50), { write, concurrency: 5 }), /disk full/)
})
