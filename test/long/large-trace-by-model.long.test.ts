/** A file of 200 MB analysed with a model (the simulated one): in less than 1 GB, and whoever asks is never held for 50 ms. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { watchOwnWork } from '../../bench/own-work.ts'
import { analyzeOne } from '../../src/cli/analyze-one.ts'
import { stepText, writePieces } from '../analyses/large-trace.ts'
import { longTraceText } from '../analyses/long-trace.ts'

const folder = mkdtempSync(join(tmpdir(), 'large-by-model-'))
after(() => rmSync(folder, { recursive: true }))
// At a real limit its questions would take hours.
process.env['TPM_LIMIT'] = '50000000'
const rules = { expected: 'The agent should name the cheapest one' }
const asked = { data: folder, model: 'sandbox/analyst', quiet: true }

test('a trace of 200 MB with a model: under 1 GB, never held for 50 ms, and what was left out is said', async (t) => {
  const small = join(folder, 'small.json')
  writeFileSync(small, longTraceText({ runs: 7, words: 40 }))
  // What is loaded once takes its time with any trace.
  const first = await analyzeOne({ ...asked, trace: small }, rules)
  assert.ok(first.ok, first.ok ? '' : first.fault)
  const path = join(folder, 'runs.json')
  writePieces(path, 200_000_000, (at) => stepText(at, { asked: 4_500, answered: 15_000 }))
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
