import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failed } from '../../base/outcome.ts'
import { holdStored } from './hold-stored.ts'

for (const ahead of ['', 'a'])
  test(`stored traces: no character of a large one is parted, ${ahead.length} unit ahead of the pairs`, async () => {
    const json = ahead + '💸'.repeat(300_000)
    const written: Uint8Array[] = []
    const thread = {
      write: async (bytes: Uint8Array) => void written.push(bytes),
      end: async () => failed('enough'),
      close() {},
    }
    const hold = () => assert.fail('it is large')
    const held = await holdStored(json, { threads: { most: 1, start: () => thread }, hold })
    assert.ok(!held.ok && written.length > 1)
    assert.equal(Buffer.concat(written).toString('utf8'), json)
  })
