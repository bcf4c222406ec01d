import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { firstOf, Stop } from './stop-signal.ts'

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

test('stop: of several the first one counts, also one that came before', () => {
  const [one, other] = [new Stop(), new Stop()]
  const both = firstOf(one, other, new AbortController().signal)
  let heard = 0
  both.addEventListener('abort', () => {
    heard += 1
  })
  assert.equal(both.aborted, false)
  other.abort()
  one.abort()
  assert.deepEqual([both.aborted, heard], [true, 1])
  assert.equal(firstOf(new Stop(), one).aborted, true)
})

test('stop: what is taken away from several leaves nothing at any of them', () => {
  const [one, controller] = [new Stop(), new AbortController()]
  const both = firstOf(one, controller.signal)
  const listener = () => assert.fail('it was taken away')
  both.addEventListener('abort', listener)
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1)
  both.removeEventListener('abort', listener)
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  one.abort()
})
