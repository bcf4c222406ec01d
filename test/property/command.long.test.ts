import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

function simulateCommand(...given: readonly string[]) {
  const file = new URL('./command.ts', import.meta.url).pathname
  const args = ['--disable-warning=ExperimentalWarning', file, ...given]
  return spawnSync(process.execPath, args, { encoding: 'utf8' })
}

test('simulate: one seed gives the same trace in each process, byte for byte, and names its commit', () => {
  const [first, second] = [
    simulateCommand('--seed', '7', '--trace'),
    simulateCommand('--seed', '7', '--trace'),
  ]
  assert.equal(first.status, 0)
  assert.ok(first.stdout.length > 10_000)
  assert.equal(first.stdout, second.stdout)
  assert.match(first.stderr, /^seed 7 at commit \w+.*: 0 findings$/m)
})

test('simulate: many seeds are judged, and counted in the last line', () => {
  const { status, stdout } = simulateCommand('--seeds', '25', '--from', '40', '--jobs', '2')
  assert.equal(status, 0)
  assert.match(stdout, /^25 of 25 seeds, 0 failed, \d+ a second$/m)
})

test('simulate: wrong use says how it is used', () => {
  for (const wrong of [['--seeds', 'many'], ['--seed', ''], ['--bogus']]) {
    const { status, stderr } = simulateCommand(...wrong)
    assert.equal(status, 2)
    assert.match(stderr, /npm run simulate -- --seed S/)
  }
})
