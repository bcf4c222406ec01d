/** Searches the journals of all workers as if they were one. */

import { done, type Outcome } from '../../base/outcome.ts'
import { isRecord, parseJson } from '../../base/text.ts'
import { createLedgerQueries, type LedgerQueries } from '../../record/ledger-queries.ts'

/** `dirs` is looked at with each search: workers may be added. `own` reads this worker's journal, in `ownDir`. */
export function queriesOver(
  dirs: () => readonly string[],
  own: { readonly dir: string; readonly queries: LedgerQueries },
): LedgerQueries {
  const open = new Map([[own.dir, own.queries]])
  const all = () =>
    dirs().map((dir) => {
      const known = open.get(dir) ?? createLedgerQueries(dir)
      open.set(dir, known)
      return known
    })
  return {
    async list(filter) {
      const found = together(await Promise.all(all().map((one) => one.list(filter))))
      if (!found.ok) return found
      const newestFirst = found.value.flat().sort((one, other) => (one.atUtc < other.atUtc ? 1 : -1))
      return done(newestFirst.slice(0, filter.limit))
    },
    async show(requestId) {
      const found = together(await Promise.all(all().map((one) => one.show(requestId))))
      return found.ok ? done(found.value.find((entry) => entry !== undefined)) : found
    },
    async events(filter) {
      const found = together(await Promise.all(all().map((one) => one.events(filter))))
      if (!found.ok) return found
      const newestFirst = found.value.flat().sort((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1))
      return done(newestFirst.slice(0, filter.limit))
    },
    async close() {
      await Promise.all([...open.values()].map((one) => one.close()))
    },
  }
}

function together<Value>(answers: readonly Outcome<Value, string>[]): Outcome<readonly Value[], string> {
  const values: Value[] = []
  for (const answer of answers) {
    if (!answer.ok) return answer
    values.push(answer.value)
  }
  return done(values)
}

function timeOf(event: string): string {
  const value = parseJson(event)
  return isRecord(value) ? String(value['atUtc']) : ''
}
