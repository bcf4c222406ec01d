/** The sources as the house rules see them: text, imports, functions. */

import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

export interface Source {
  /** From the root of the repository, with slashes. */
  readonly path: string
  readonly text: string
}

const root = new URL('../..', import.meta.url).pathname

export function readSources(pattern: string): readonly Source[] {
  return globSync(pattern, { cwd: root })
    .sort()
    .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }))
}

export function readData(path: string): unknown {
  return JSON.parse(readFileSync(root + path, 'utf8'))
}

/** Relative imports, as paths from the root; type-only and lazy ones included. */
export function importsOf({ path, text }: Source): readonly string[] {
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'(\.[^']+)'/gm)
  return [...found].map(([, to]) => posix.join(posix.dirname(path), to ?? ''))
}

export interface FunctionSize {
  readonly name: string
  readonly lines: number
}

/** Functions that begin a line, by the indentation of the line that closes them; the formatter makes this exact. */
export function functionsOf({ text }: Source): readonly FunctionSize[] {
  const lines = text.split('\n')
  return lines.flatMap((line, at) => {
    const head =
      /^(\s*)(?:export )?(?:async )?(?:function\*? (\w+)|const (\w+) = (?:async )?(?:\([^=]*\)|\w+)(?:: [^=]+)? => \{$)/.exec(
        line,
      )
    if (!head) return []
    const close = lines.findIndex((one, i) => i > at && one.startsWith(`${head[1]}}`))
    return close < 0 ? [] : [{ name: head[2] ?? head[3] ?? '', lines: close - at + 1 }]
  })
}
