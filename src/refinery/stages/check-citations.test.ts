import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCitations } from './check-citations.ts'

const texts = new Map([
  ['a', 'The refund\n  was   refused.'],
  ['b', 'All is well'],
])
const rows: readonly [name: string, runId: string, quote: string, stands: boolean][] = [
  ['word for word', 'a', 'refund', true],
  ['line ends and blanks are no difference', 'a', 'The refund was refused.', true],
  ['a quote that ends in an ellipsis', 'a', 'The refund was…', true],
  ['other words', 'a', 'The refund was granted', false],
  ['the words of another run', 'b', 'refund', false],
  ['a run nobody knows', 'c', 'refund', false],
  ['nothing', 'a', ' … ', false],
]
for (const [name, runId, quote, stands] of rows)
  test(`citations: ${name}`, () => {
    const book = openCitations((id) => texts.get(id))
    assert.equal(book.check([{ run_id: runId, quote }]).length, stands ? 1 : 0)
    assert.deepEqual(book.counts(), { checked: 1, struckOut: stands ? 0 : 1 })
  })
