import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { after, test } from 'node:test'
import { analyzeApart } from '../../src/refinery/apart/analyze-apart.ts'

const folder = mkdtempSync(join(tmpdir(), 'large-traces-'))
after(() => rmSync(folder, { recursive: true }))
const megabyte = 1_000_000
const options = { expected: 'The agent should name the cheapest one' }

/** Writes pieces until the file is so large. */
function fileOf(name: string, bytes: number, piece: (at: number) => string, ends: readonly [string, string]) {
  const path = join(folder, name)
  const file = openSync(path, 'w')
  writeSync(file, ends[0])
  let written = 0
  for (let at = 0; written < bytes; at += 1) written += writeSync(file, (at > 0 ? ',' : '') + piece(at))
  writeSync(file, ends[1])
  closeSync(file)
  return path
}

/** The longest stretch of this thread's own work between two ticks, by its processor time: what other programs take is not counted. */
function watchOwnWork() {
  const usedMs = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let before = usedMs()
  let most = 0
  const look = () => {
    const now = usedMs()
    most = Math.max(most, now - before)
    before = now
  }
  const timer = setInterval(look, 5)
  return {
    stop: () => {
      look()
      clearInterval(timer)
      return most
    },
  }
}

const run = (at: number) =>
  JSON.stringify({
    id: `r${at}`,
    trace_id: 't',
    name: 'Step',
    run_type: at % 2 === 0 ? 'llm' : 'tool',
    dotted_order: `1.${at}`,
    inputs: { messages: [{ role: 'user', content: 'lorem "ipsum" '.repeat(450) }] },
    outputs: { text: `answer number ${at} ${'dolor\n'.repeat(1_000)}` },
  })

test('a trace of 200 MB: analysed in full, under 1 GB, and the thread that asks is never held for 50 ms', async (t) => {
  const path = fileOf('runs.json', 200 * megabyte, run, ['{"trace_id":"t","runs":[', ']}'])
  assert.ok(statSync(path).size >= 200 * megabyte)
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  const held = watchOwnWork()
  const read = await analyzeApart({ source: path, options })
  const heldMs = held.stop()
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
  const path = fileOf('records.json', 48 * megabyte, () => '{"b":1}', ['{"a":[', ']}'])
  const read = await analyzeApart({ source: path, options })
  assert.match(read.ok ? '' : read.fault, /more than 384 MB of memory/)
})
