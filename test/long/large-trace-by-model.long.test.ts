/** A file of 200 MB analysed with a model (the simulated one): in less than 1 GB, and whoever asks is never held for 50 ms. */

import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { analyzeOne } from '../../src/cli/analyze-one.ts'
import { longTraceText } from '../analyses/long-trace.ts'

const folder = mkdtempSync(join(tmpdir(), 'large-by-model-'))
after(() => rmSync(folder, { recursive: true }))
// At a real limit its questions would take hours.
process.env['TPM_LIMIT'] = '50000000'
const rules = { expected: 'The agent should name the cheapest one' }
const asked = { data: folder, model: 'sandbox/analyst', quiet: true }

function writeRuns(path: string, bytes: number): void {
  const file = openSync(path, 'w')
  writeSync(file, '{"trace_id":"t","runs":[')
  let written = 0
  for (let at = 0; written < bytes; at += 1) {
    const run = JSON.stringify({
      id: `r${at}`,
      trace_id: 't',
      name: 'Step',
      run_type: at % 2 === 0 ? 'llm' : 'tool',
      dotted_order: `1.${at}`,
      inputs: { messages: [{ role: 'user', content: 'lorem "ipsum" '.repeat(4_500) }] },
      outputs: { text: `answer number ${at} ${'dolor\n'.repeat(15_000)}` },
    })
    written += writeSync(file, (at > 0 ? ',' : '') + run)
  }
  writeSync(file, ']}')
  closeSync(file)
}

/** The longest stretch of this thread's own work between two ticks, by its processor time. */
function watchOwnWork(): () => number {
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
  return () => {
    look()
    clearInterval(timer)
    return most
  }
}

test('a trace of 200 MB with a model: under 1 GB, never held for 50 ms, and what was left out is said', async (t) => {
  const small = join(folder, 'small.json')
  writeFileSync(small, longTraceText({ runs: 7, words: 40 }))
  // What is loaded once takes its time with any trace.
  const first = await analyzeOne({ ...asked, trace: small }, rules)
  assert.ok(first.ok, first.ok ? '' : first.fault)
  const path = join(folder, 'runs.json')
  writeRuns(path, 200_000_000)
  const held = watchOwnWork()
  const came = await analyzeOne({ ...asked, trace: path }, rules)
  const heldMs = held()
  assert.ok(came.ok, came.ok ? '' : came.fault)
  const memoryMb = process.resourceUsage().maxRSS / 1024
  const { coverage, modelUse, notes = [] } = came.value ?? {}
  t.diagnostic(
    `SIMULATED: ${modelUse?.calls} calls, ${modelUse?.inputTokens} tokens; ${memoryMb.toFixed(0)} MB at most, held for ${heldMs.toFixed(0)} ms at most`,
  )
  assert.equal(coverage?.completionPercentage, 100)
  assert.match(notes.join('\n'), /long texts were cut: of \d+ characters, \d+ were looked at/)
  assert.ok(memoryMb < 1_000, `${memoryMb} MB`)
  assert.ok(heldMs < 50, `${heldMs} ms`)
})
