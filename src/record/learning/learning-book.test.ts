import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultClass } from '../../protocol/fault-kind.ts'
import type { Attempt } from '../../protocol/plan.ts'
import { createLearningBook } from './learning-book.ts'
import { lessonsOf } from './lessons.ts'
import { openQuantiles } from './quantiles.ts'

const attempt = (provider: string, faultClass?: FaultClass, rest: Partial<Attempt> = {}): Attempt => ({
  provider,
  model: 'm',
  key: 'k',
  startedMs: 10,
  endedMs: 110,
  next: 'done',
  because: '',
  ...(faultClass ? { fault: { code: 'upstream_error', class: faultClass, message: '' } } : {}),
  ...rest,
})

const rows: readonly [name: string, attempts: readonly Attempt[], lessons: readonly string[]][] = [
  ['an answer', [attempt('a')], ['a answered 1 100']],
  [
    'a failure is booked to the target that failed',
    [attempt('a', 'server'), attempt('b')],
    ['a failed 0.5', 'b answered 1 100'],
  ],
  ['an answer at the second try', [attempt('a', 'server'), attempt('a')], ['a failed answered 0.8 100']],
  ['four failures', [1, 2, 3, 4].map(() => attempt('a', 'timeout')), ['a failed failed failed failed 0.2']],
  ['the caller’s fault says nothing of the target', [attempt('a', 'invalid_request')], []],
  [
    'a refused prompt says nothing of the target',
    [attempt('a', 'content_policy'), attempt('b')],
    ['b answered 1 100'],
  ],
  ['a caller who left says nothing of the target', [attempt('a', 'cancelled')], []],
  ['a limited key is felt', [attempt('a', 'rate_limit')], ['a failed 0.5']],
  ['no attempts', [], []],
]
for (const [name, attempts, expected] of rows) {
  test(`lessons: ${name}`, () => {
    const told = lessonsOf({ attempts }).map(({ provider, calls, resilience, latencyMs }) =>
      [
        provider,
        calls.map((isAnswered) => (isAnswered ? 'answered' : 'failed')).join(' '),
        Math.round(resilience * 100) / 100,
        latencyMs,
      ]
        .filter((one) => one !== undefined)
        .join(' '),
    )
    assert.deepEqual(told, expected)
  })
}

const near = (value: number | undefined, expected: number) =>
  assert.ok(Math.abs((value ?? -1) - expected) < 1e-9, `${value}`)

test('learning: averages begin at 0.75 and move a fifth of the way', () => {
  const book = createLearningBook()
  const target = { provider: 'a', model: 'm' }
  assert.equal(book.scoreOf(target), undefined)
  book.learn({ attempts: [attempt('a')] }, 1)
  near(book.scoreOf(target)?.success, 0.8)
  near(book.scoreOf(target)?.latencyMs, 100)
  book.learn({ attempts: [attempt('a', 'server')] }, 2)
  near(book.scoreOf(target)?.success, 0.64)
  near(book.scoreOf(target)?.resilience, 0.8 + 0.2 * (0.5 - 0.8))
  book.learn({ attempts: [attempt('a', undefined, { endedMs: 210 })] }, 3)
  near(book.scoreOf(target)?.latencyMs, 120)
  assert.equal(book.scoreOf(target)?.samples, 3)
})

test('learning: what is saved is restored, quantiles too', () => {
  const book = createLearningBook()
  for (let i = 1; i <= 100; i += 1)
    book.learn({ attempts: [attempt('a', undefined, { endedMs: 10 + i })] }, i)
  const again = createLearningBook()
  again.restore(book.save())
  assert.equal(again.save(), book.save())
  assert.equal(again.scoreOf({ provider: 'a', model: 'm' })?.samples, 100)
  assert.deepEqual(again.all()[0]?.total.read(), book.all()[0]?.total.read())
})

test('learning: what was learned since stands above what is restored, and nonsense is passed over', () => {
  const book = createLearningBook()
  book.learn({ attempts: [attempt('a')] }, 1)
  const saved = book.save()
  book.learn({ attempts: [attempt('a')] }, 2)
  for (const text of [saved, '', '{}', '[1,{"learned":3}]', '[{"learned":null}]']) book.restore(text)
  assert.equal(book.scoreOf({ provider: 'a', model: 'm' })?.samples, 2)
})

test('learning: the number of targets is bounded', () => {
  const book = createLearningBook()
  for (let i = 0; i < 1_100; i += 1) book.learn({ attempts: [attempt(`p${i}`)] }, i)
  assert.equal(book.all().length, 1_000)
  assert.equal(book.scoreOf({ provider: 'p0', model: 'm' }), undefined)
})

test('learning: of too many targets the one that was called longest ago goes', () => {
  const book = createLearningBook()
  for (let i = 0; i < 1_000; i += 1) book.learn({ attempts: [attempt(`p${i}`)] }, i)
  book.learn({ attempts: [attempt('p0')] }, 1_000)
  book.learn({ attempts: [attempt('another')] }, 1_001)
  const known = ['p0', 'p1', 'p2', 'another'].filter((provider) => book.scoreOf({ provider, model: 'm' }))
  assert.deepEqual(known, ['p0', 'p2', 'another'])
})

test('quantiles: near the true ones, and old values are let go', () => {
  const quantiles = openQuantiles()
  assert.equal(quantiles.read(), undefined)
  for (let i = 1; i <= 400; i += 1) quantiles.push(i)
  const { p50Ms, p95Ms, p99Ms } = quantiles.read() ?? { p50Ms: 0, p95Ms: 0, p99Ms: 0 }
  assert.ok(
    Math.abs(p50Ms - 200) < 5 && Math.abs(p95Ms - 380) < 5 && Math.abs(p99Ms - 396) < 3,
    `${p50Ms} ${p95Ms} ${p99Ms}`,
  )
  for (let i = 0; i < 1_100; i += 1) quantiles.push(10)
  assert.equal(quantiles.read()?.p99Ms, 10)
})
