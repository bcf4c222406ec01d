import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createTurnstile } from './turnstile.ts'

test('turnstile: one who comes alone goes on after one turn', async () => {
  const gone: string[] = []
  const pass = createTurnstile({ nowMs: () => 0 })
  pass(() => void gone.push('a'))
  assert.deepEqual(gone, [])
  await turn()
  assert.deepEqual(gone, ['a'])
})

test('turnstile: who comes while it waits goes on with the others, in order, after what is done before', async () => {
  const gone: string[] = []
  const pass = createTurnstile({ before: () => void gone.push('before'), nowMs: () => 0 })
  pass(() => void gone.push('a'))
  pass(() => void gone.push('b'))
  setImmediate(() => pass(() => void gone.push('c')))
  for (let at = 0; at < 4; at += 1) await turn()
  assert.deepEqual(gone, ['before', 'a', 'b', 'c'])
})

test('turnstile: no group waits for ever', async () => {
  let gone = 0
  let isOver = false
  const pass = createTurnstile({ nowMs: () => 0 })
  const come = () => {
    if (isOver) return
    pass(() => {
      gone += 1
    })
    setImmediate(come)
  }
  come()
  for (let at = 0; at < 200; at += 1) await turn()
  isOver = true
  assert.ok(gone > 15, String(gone))
})

test('turnstile: who comes while a group goes on is of the next one', async () => {
  const gone: string[] = []
  const pass = createTurnstile({ nowMs: () => 0 })
  pass(() => {
    gone.push('a')
    pass(() => void gone.push('b'))
  })
  await turn()
  assert.deepEqual(gone, ['a'])
  await turn()
  assert.deepEqual(gone, ['a', 'b'])
})

test('turnstile: of a crowd only a part goes on at once', async () => {
  const gone: number[] = []
  const pass = createTurnstile({ nowMs: () => 0 })
  for (let at = 0; at < 40; at += 1) pass(() => void gone.push(at))
  const after: number[] = []
  for (let at = 0; at < 4; at += 1) {
    await turn()
    after.push(gone.length)
  }
  assert.deepEqual(after, [16, 32, 40, 40])
  assert.deepEqual(
    gone,
    [...gone].sort((one, other) => one - other),
  )
})

test('turnstile: where turns take long nobody is waited for', async () => {
  const gone: string[] = []
  let nowMs = 0
  const pass = createTurnstile({ nowMs: () => nowMs })
  pass(() => void gone.push('a'))
  pass(() => void gone.push('b'))
  nowMs = 7
  await turn()
  assert.deepEqual(gone, ['a', 'b'])
})
