/** `list-failures`: which of the stored traces failed, the latest first. */

import Table from 'cli-table3'
import { printable } from '../base/safe-text.ts'
import { truncate } from '../base/text.ts'
import { redact } from '../record/redact.ts'
import { openStoredTraces, type StoredTrace } from '../record/runs/stored-traces.ts'
import { type CommonOptions, complain, dataDirectory, print } from './options.ts'
import { type StoredRange, storedRange } from './stored-range.ts'

export function listFailures(options: CommonOptions & StoredRange): number {
  const range = storedRange(options, 10)
  if (!range.ok) {
    complain(range.fault)
    return 2
  }
  const opened = openStoredTraces(dataDirectory(options))
  if (!opened.ok) {
    complain(opened.fault)
    return 1
  }
  const traces = opened.value.list({ ...range.value, isFailed: true })
  opened.value.close()
  if (options.json) print(JSON.stringify(traces.map(record)))
  else if (traces.length === 0) print('No trace failed.')
  else
    print(
      `${tableOf(traces)}\nWhat went wrong: adaptive-mind analyze --trace-id ID, or of all: analyze --failed`,
    )
  return 0
}

const record = ({ error, ...trace }: StoredTrace) => ({
  ...trace,
  startedAt: new Date(trace.startedAtMs).toISOString(),
  ...(error === undefined ? {} : { error: redact(error) }),
})

function tableOf(traces: readonly StoredTrace[]): string {
  const table = new Table({
    head: ['trace', 'began', 'name', 'failed runs', 'first error'],
    style: { head: [], border: [] },
  })
  for (const { traceId, startedAtMs, name, runs, errors, error = '' } of traces)
    table.push([
      printable(traceId),
      new Date(startedAtMs).toISOString().slice(0, 19).replace('T', ' '),
      truncate(printable(name), 30),
      `${errors} of ${runs}`,
      truncate(printable(redact(error)), 60),
    ])
  return table.toString()
}
