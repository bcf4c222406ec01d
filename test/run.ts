/** Runs the tests and the checks, and ends with one line: `N passed, N failed`. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { together } from './together/import-tests.ts'

const isLong = process.argv.includes('--long')
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    'Node.js 24 or newer is needed: run the tests with `npm test`, which brings its own.\n',
  )
  process.exit(2)
}

const root = new URL('..', import.meta.url).pathname
const all = globSync('{src,test,bench}/**/*.test.ts', { cwd: root }).sort()
// What takes longest begins first, so that nothing is left alone at the end.
const files = all
  .filter((file) => file.endsWith('.long.test.ts') === isLong)
  .filter((file) => isLong || !Object.values(together).some((folder) => file.startsWith(folder)))
  .sort((one, other) => Number(isLengthy(other)) - Number(isLengthy(one)))
const testTimeoutMs = 420_000
/** Of the whole run: the limit above ends a test, and not the process that it leaves busy. */
const runTimeoutMs = 720_000
const counts = { passed: 0, failed: 0, skipped: 0 }

// Every file is a process that reads much the same modules: they are compiled once.
process.env['NODE_COMPILE_CACHE'] ??= `${root}node_modules/.cache/adaptive-mind`

const checks = isLong
  ? []
  : [
      startCheck('types', 'node_modules/typescript/bin/tsc', ['--noEmit']),
      startCheck('format and lint', 'node_modules/@biomejs/biome/bin/biome', [
        'check',
        '--error-on-warnings',
        '.',
      ]),
    ]
// Files that measure run after the others and alone.
const isMeasured = (file: string) => file.startsWith('test/measured/')
// One more than processors where many wait most of the time; long tests hold real clocks to their times.
await runTests(
  files.filter((file) => !isMeasured(file)),
  availableParallelism() + (isLong ? 0 : 1),
)
await runTests(files.filter(isMeasured), 1)
for (const check of checks) report(await check)
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`)
process.exit(counts.failed === 0 ? 0 : 1)

function isLengthy(file: string): boolean {
  return file.startsWith('test/together/') || file.startsWith('test/faults/')
}

async function runTests(chosen: readonly string[], concurrency: number): Promise<void> {
  if (chosen.length === 0) return
  const stream = run({
    files: chosen.map((file) => root + file),
    concurrency,
    // What never ends is a failure and not a build that never ends.
    timeout: testTimeoutMs,
    signal: AbortSignal.timeout(runTimeoutMs),
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  stream.on('test:pass', ({ details, skip, todo }) => {
    if (details.type === 'suite' || todo !== undefined) return
    if (skip === undefined) counts.passed += 1
    else counts.skipped += 1
  })
  stream.on('test:fail', ({ details, todo }) => {
    if (details.type !== 'suite' && todo === undefined) counts.failed += 1
  })
  const report = stream.compose(spec)
  report.pipe(process.stdout)
  await new Promise((resolve) => report.once('end', resolve))
}

interface CheckResult {
  readonly name: string
  readonly passed: boolean
  readonly output: string
}

/** A check of the whole tree runs beside the tests, counts as one of them, and is told of after them. */
async function startCheck(name: string, script: string, args: readonly string[]): Promise<CheckResult> {
  const child = spawn(process.execPath, [root + script, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  const [status] = await once(child, 'close')
  return { name, passed: status === 0, output }
}

function report({ name, passed, output }: CheckResult): void {
  counts[passed ? 'passed' : 'failed'] += 1
  process.stdout.write(`${output}${passed ? '✔' : '✖'} ${name}\n`)
}
