import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeRedis } from './look-at-redis.ts'

const rows: readonly [reason: string, remedy: RegExp][] = [
  ['connect ECONNREFUSED 127.0.0.1:6379', /Start it/],
  ['', /Start it/],
  ['WRONGPASS invalid username-password pair', /password into redis\.url/],
  ['NOAUTH Authentication required.', /password into redis\.url/],
  ["OOM command not allowed when used memory > 'maxmemory'.", /maxmemory/],
  ["READONLY You can't write against a read only replica.", /master/],
  ['LOADING Redis is loading the dataset in memory', /wait/],
  ['MISCONF Errors writing to disk', /free space/],
  ['getaddrinfo ENOTFOUND cache.internal', /name of the host/],
]
for (const [reason, remedy] of rows)
  test(`doctor, redis: ${reason || 'silence'}`, () => {
    const found = judgeRedis('redis://h:1', reason)
    assert.equal(found.state, 'wrong')
    assert.match(found.says, /redis:\/\/h:1 does not serve/)
    assert.match(found.remedy ?? '', remedy)
  })
