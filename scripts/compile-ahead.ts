/** `npm ci` ends with it: starts the gateway once and asks it, so that the first start of a user finds compiled code. What goes wrong here takes nothing but that time. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { reasonOf } from '../src/base/reason.ts'
import { compiledInCheckout } from '../src/cli/keep-compiled.ts'

const longestMs = 30_000
const question = { model: 'chat', messages: [{ role: 'user', content: 'Hello' }] }

async function compileAhead(dir: string): Promise<void> {
  const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
  const options = ['serve', '--quiet', '--port', '0', '--data', join(dir, 'data')]
  const gateway = spawn(process.execPath, [...process.execArgv, main, ...options], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'ignore'],
    signal: AbortSignal.timeout(longestMs),
  })
  const ended = once(gateway, 'exit')
  const [address] = await Promise.race([
    once(createInterface(gateway.stdout), 'line'),
    ended.then(() => Promise.reject(new Error('the gateway did not start'))),
  ])
  await fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  })
  gateway.kill('SIGTERM')
  await ended
}

const dir = mkdtempSync(join(tmpdir(), 'adaptive-mind-'))
try {
  mkdirSync(compiledInCheckout, { recursive: true })
  await compileAhead(dir)
} catch (error) {
  process.stderr.write(`the first start will take a little longer: ${reasonOf(error)}\n`)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
