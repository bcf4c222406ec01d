import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Stop } from './stop-signal.ts'

test('stop: each listener hears of it once, in order, and of one that was taken away none', () => {
  const stop = new Stop()
  const heard: string[] = []
  const gone = () => void heard.push('gone')
  stop.addEventListener('abort', () => {
    heard.push('first')
    stop.removeEventListener('abort', gone)
  })
  stop.addEventListener('abort', gone)
  stop.addEventListener('abort', () => void heard.push('last'))
  assert.equal(stop.aborted, false)
  stop.abort()
  stop.abort()
  assert.equal(stop.aborted, true)
  assert.deepEqual(heard, ['first', 'last'])
})
