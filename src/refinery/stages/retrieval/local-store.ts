/** Full-text search in SQLite's FTS5 over the groups of one analysis, in memory: gone when the analysis is over. */

import { DatabaseSync } from 'node:sqlite'
import { done, failed, type Outcome } from '../../../base/outcome.ts'
import type { GroupFile, GroupStore, StoreQuestion } from './retrieval.ts'

const passageCharacters = 3_000

export async function openLocalStore(
  _name: string,
  files: readonly GroupFile[],
): Promise<Outcome<GroupStore, string>> {
  const database = new DatabaseSync(':memory:')
  database.exec(
    "CREATE VIRTUAL TABLE passages USING fts5(group_id UNINDEXED, text, tokenize = 'porter unicode61')",
  )
  const insert = database.prepare('INSERT INTO passages (group_id, text) VALUES (?, ?)')
  for (const { group, text } of files) for (const passage of passagesOf(text)) insert.run(group, passage)
  return done({
    search: async (asked) => search(database, asked),
    async close() {
      database.close()
      return []
    },
  })
}

/** Cut where sections begin, as far as that keeps passages of a size. */
export function passagesOf(text: string): readonly string[] {
  const passages: string[] = []
  let current = ''
  for (const section of text.split(/\n\n(?=## )/)) {
    if (current !== '' && current.length + section.length > passageCharacters) {
      passages.push(current)
      current = ''
    }
    current = current === '' ? section : `${current}\n\n${section}`
    for (; current.length > passageCharacters; current = current.slice(passageCharacters))
      passages.push(current.slice(0, passageCharacters))
  }
  return current === '' ? passages : [...passages, current]
}

function search(
  database: DatabaseSync,
  { group, query, most }: StoreQuestion,
): Outcome<readonly string[], string> {
  const match = matchOf(query)
  if (match === '') return done([])
  try {
    const where = group === undefined ? '' : 'AND group_id = ?'
    const rows = database
      .prepare(`SELECT text FROM passages WHERE passages MATCH ? ${where} ORDER BY rank LIMIT ?`)
      .all(...(group === undefined ? [match, most] : [match, group, most]))
    return done(rows.map((row) => String(row['text'])))
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'the search failed')
  }
}

/** Any of the words, each as a plain string: the query is data, not a program. */
function matchOf(query: string): string {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []
  return [...new Set(words)].map((word) => `"${word}"`).join(' OR ')
}
