import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrace } from '../import/read-trace.ts'
import { examineApart } from './examine.ts'
import { examine } from './examine-here.ts'

test('examine: in a thread of its own a large trace gives what it gives here', async () => {
  const turns = Array.from({ length: 120 }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: at === 5 ? "I'll remember that from now on." : `turn ${at}`,
  }))
  const read = readTrace(JSON.stringify(turns))
  assert.ok(read.ok)
  const options = { expected: 'It says that it has no memory', off: new Set(['loop']) }
  const [here, apart] = await Promise.all([examine(read.value, options), examineApart(read.value, options)])
  assert.ok(here.ok && apart.ok)
  assert.deepEqual(apart.value, structuredClone(here.value))
  assert.ok(apart.value.base.origin)
})
