import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { after, test } from 'node:test'
import { watchOwnWork } from '../../bench/own-work.ts'
import { analyzeApart } from '../../src/refinery/apart/analyze-apart.ts'
import { stepText, writePieces } from '../analyses/large-trace.ts'

const folder = mkdtempSync(join(tmpdir(), 'large-traces-'))
after(() => rmSync(folder, { recursive: true }))
const megabyte = 1_000_000
const options = { expected: 'The agent should name the cheapest one' }

test('a trace of 200 MB: analysed in full, under 1 GB, and the thread that asks is never held for 50 ms', async (t) => {
  const path = join(folder, 'runs.json')
  writePieces(path, 200 * megabyte, (at) => stepText(at, { asked: 450, answered: 1_000 }))
  assert.ok(statSync(path).size >= 200 * megabyte)
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  const held = watchOwnWork()
  const read = await analyzeApart({ source: path, options })
  const heldMs = held()
  lag.disable()
  assert.ok(read.ok, read.ok ? '' : read.fault)
  const { coverage, notes } = read.value
  assert.equal(coverage.completionPercentage, 100)
  assert.match(notes.join(), /long texts were cut: of \d+ characters, \d+ were looked at/)
  const memoryMb = process.resourceUsage().maxRSS / 1024
  t.diagnostic(
    `${memoryMb.toFixed(0)} MB at most; held for ${heldMs.toFixed(0)} ms of its own work at most, lag with the machine's other load ${(lag.max / 1e6).toFixed(0)} ms at most`,
  )
  assert.ok(memoryMb < 1_000, `${memoryMb} MB`)
  assert.ok(heldMs < 50, `${heldMs} ms`)
})

test('one text of 200 MB is cut, and that is told', async () => {
  const half = '現'.repeat(333_000)
  const path = join(folder, 'one.json')
  const file = openSync(path, 'w')
  writeSync(file, '[{"role":"user","content":"x"},{"role":"assistant","content":"')
  for (let at = 0; at < 200; at += 1) writeSync(file, half)
  writeSync(file, '"}]')
  closeSync(file)
  const read = await analyzeApart({ source: path, options })
  assert.ok(read.ok)
  assert.match(read.value.notes.join(), /1 long text was cut: of 666\d+ characters, 65\d+ were looked at/)
})

test('JSON of no known shape that would take all memory ends with words', async () => {
  const path = join(folder, 'records.json')
  writePieces(path, 48 * megabyte, () => '{"b":1}', ['{"a":[', ']}'])
  const read = await analyzeApart({ source: path, options })
  assert.match(read.ok ? '' : read.fault, /more than 384 MB of memory/)
})
