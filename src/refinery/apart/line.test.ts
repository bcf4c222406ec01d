import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { openLine } from './line.ts'

type Far = {
  readonly double: (given: number) => number
  readonly later: (given: string) => Promise<string>
  readonly never: (given: undefined) => Promise<string>
  readonly broken: (given: undefined) => string
}

function open(t: { after(then: () => void): void }) {
  const { port1, port2 } = new MessageChannel()
  t.after(() => port1.close())
  const far: Far = {
    double: (given) => given * 2,
    later: async (given) => `${given}!`,
    never: () => new Promise(() => {}),
    broken() {
      throw new Error('it broke')
    },
  }
  openLine<Record<string, never>>(port2, far)
  return openLine<Far>(port1, {})
}

test('line: each question gets its own answer', async (t) => {
  const line = open(t)
  assert.deepEqual(
    await Promise.all([line.ask('later', 'a'), line.ask('double', 4), line.ask('double', 5)]),
    [
      { ok: true, value: 'a!' },
      { ok: true, value: 8 },
      { ok: true, value: 10 },
    ],
  )
})

test('line: what the other side throws is a fault in words', async (t) => {
  assert.deepEqual(await open(t).ask('broken', undefined), { ok: false, fault: 'it broke' })
})

test('line: when the other side is gone, whoever waits and whoever asks hears why', async (t) => {
  const line = open(t)
  const waiting = line.ask('never', undefined)
  line.end('it ran out of memory')
  const gone = { ok: false, fault: 'it ran out of memory' }
  assert.deepEqual(await waiting, gone)
  assert.deepEqual(await line.ask('double', 1), gone)
})
