import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

/** Objects that all live for a while, then such that soon die: prints the bytes that have come to the old ones. */
const program = (first: string) => `
  import { getHeapSpaceStatistics } from 'node:v8'
  ${first}
  const open = (n) => ({ n, parts: [n, n + 1], about: { n, sizes: [n / 2, 1, 2, 3, 4, 5, 6, 7, 8, 9] } })
  const oldBytes = () => getHeapSpaceStatistics().find((one) => one.space_name === 'old_space').space_used_size
  let running = []
  for (let n = 0; n < 40_000; n += 1) running.push(open(n))
  running = Array.from({ length: 100 }, () => undefined)
  const some = (many) => { for (let n = 0; n < many; n += 1) running[n % 100] = open(n) }
  some(100_000)
  let grown = 0
  for (let slice = 0; slice < 100; slice += 1) {
    const before = oldBytes()
    some(1_000)
    // It is less where the collector of the old ones came.
    grown += Math.max(0, oldBytes() - before)
  }
  process.stdout.write(String(grown))`

/** Of three processes, sorted. Where others keep V8's compiler from ending in time, about one of sixty goes on making them among the old, until the collector of the old ones comes. */
function bytesGrownOld(first: string): readonly number[] {
  // A small young generation is full soon.
  const options = ['--max-semi-space-size=1', '--input-type=module', '--eval', program(first)]
  const runs = [1, 2, 3].map(() => spawnSync(process.execPath, options, { encoding: 'utf8' }))
  for (const { stdout, stderr } of runs) assert.match(stdout, /^\d+$/, stderr)
  return runs.map(({ stdout }) => Number(stdout)).sort((a, b) => a - b)
}

test('keep young: objects that soon die do not come among the old, even if others from the same place lived long', () => {
  const module = new URL('./keep-young.ts', import.meta.url).href
  const [, bytes = 0] = bytesGrownOld(`import { keepYoung } from '${module}'\nkeepYoung()`)
  assert.ok(bytes < 3_000_000, `${bytes} bytes`)
})

test('keep young: without it V8 puts them there', () => {
  const [, bytes = 0] = bytesGrownOld('')
  assert.ok(bytes > 10_000_000, `${bytes} bytes: V8 has changed, and keepYoung may go`)
})
