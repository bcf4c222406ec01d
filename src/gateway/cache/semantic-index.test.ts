import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSemanticIndex } from './semantic-index.ts'

const at = (degrees: number, length = 1) => [
  Math.cos((degrees * Math.PI) / 180) * length,
  Math.sin((degrees * Math.PI) / 180) * length,
]
const acme = { tenant: 'acme', setting: 's' }

function filled() {
  const index = createSemanticIndex(3)
  index.add({ ...acme, vector: at(0) }, { key: 'acme:a', requestId: 'req_a' })
  index.add({ ...acme, vector: at(40, 7) }, { key: 'acme:b', requestId: 'req_b' })
  return index
}

type Asked = Parameters<ReturnType<typeof createSemanticIndex>['find']>[0]
const rows: readonly [name: string, asked: Asked, threshold: number, key: string | undefined][] = [
  ['the same', { ...acme, vector: at(0) }, 0.999, 'acme:a'],
  ['alike enough', { ...acme, vector: at(10) }, 0.98, 'acme:a'],
  ['not alike enough', { ...acme, vector: at(15) }, 0.98, undefined],
  ['the most alike of several', { ...acme, vector: at(30) }, 0.5, 'acme:b'],
  ['whatever its length', { ...acme, vector: at(40, 0.01) }, 0.999, 'acme:b'],
  ['another tenant', { ...acme, tenant: 'other', vector: at(0) }, 0.5, undefined],
  ['another setting', { ...acme, setting: 't', vector: at(0) }, 0.5, undefined],
  ['a vector of another length', { ...acme, vector: [1, 0, 0] }, 0.5, undefined],
  ['a vector of nothing', { ...acme, vector: [0, 0] }, 0.5, undefined],
]
for (const [name, asked, threshold, key] of rows)
  test(`semantic index: ${name}`, () => {
    assert.equal(filled().find(asked, threshold)?.key, key)
  })

test('semantic index: what was used longest ago makes room, and what was taken away is not found', () => {
  const index = filled()
  index.add({ ...acme, vector: at(80) }, { key: 'acme:c', requestId: 'req_c' })
  index.find({ ...acme, vector: at(0) }, 0.9)
  index.add({ ...acme, vector: at(120) }, { key: 'acme:d', requestId: 'req_d' })
  const keyAt = (degrees: number) => index.find({ ...acme, vector: at(degrees) }, 0.99)?.key
  assert.deepEqual([keyAt(0), keyAt(40), keyAt(80), keyAt(120)], ['acme:a', undefined, 'acme:c', 'acme:d'])
  index.delete('acme:c')
  assert.equal(keyAt(80), undefined)
  index.clear('other')
  assert.equal(index.entries(), 2)
  index.clear('acme')
  assert.equal(index.entries(), 0)
})
