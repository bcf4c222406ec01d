/** Puts environment values into the texts of a configuration: `${NAME}` and `${NAME:-otherwise}`. */

export type Environment = Readonly<Record<string, string | undefined>>

export interface Missing {
  readonly path: readonly (string | number)[]
  readonly name: string
}

/** A copy with every text filled in; names that stand nowhere are collected, with where they were wanted. */
export function substitute(
  value: unknown,
  env: Environment,
  missing: Missing[],
  path: (string | number)[] = [],
): unknown {
  if (typeof value === 'string') return fill(value, env, (name) => missing.push({ path, name }))
  if (Array.isArray(value)) return value.map((one, at) => substitute(one, env, missing, [...path, at]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, substitute(one, env, missing, [...path, name])]),
  )
}

function fill(text: string, env: Environment, onMissing: (name: string) => void): string {
  return text.replace(
    /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
    (_whole, name: string, otherwise?: string) => {
      const value = env[name]
      if (value !== undefined && value !== '') return value
      if (otherwise === undefined && value === undefined) onMissing(name)
      return otherwise ?? ''
    },
  )
}
