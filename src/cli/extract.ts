/** `analyze --extract DIR`: writes the prompts, evaluation cases and model settings of a trace. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { reasonOf } from '../base/reason.ts'
import { type ExtractedFile, extractedLine, extractFiles } from '../refinery/extract/extract-files.ts'
import { readTraceFile } from './trace-file.ts'

/** The line to tell; a fault is the reason in words. Files of the same names are written over. */
export async function extractTrace(path: string, folder: string): Promise<Outcome<string, string>> {
  const trace = await readTraceFile(path)
  if (!trace.ok) return trace
  const extracted = extractFiles(trace.value.runs)
  try {
    save(join(folder, 'prompts'), extracted.prompts)
    save(join(folder, 'evals'), extracted.evals)
    const { models, agent } = extracted
    const settings = `${JSON.stringify({ agent, models }, null, 2)}\n`
    save(join(folder, 'config'), [{ path: 'models.json', text: settings, runIds: [] }])
  } catch (error) {
    return failed(`cannot write below ${folder}: ${reasonOf(error)}`)
  }
  return done(`${extractedLine(extracted)} in ${folder}`)
}

function save(folder: string, files: readonly ExtractedFile[]): void {
  if (files.length === 0) return
  mkdirSync(folder, { recursive: true })
  for (const { path, text } of files) writeFileSync(join(folder, path), text)
}
