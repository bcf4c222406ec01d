/** Records without the fields that hold nothing, so that a wire never carries an empty name. */

/** A copy of `fields` without those that are undefined. */
export function present<Fields extends object>(fields: Fields): Fields {
  const kept: Partial<Fields> = {}
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name]
  return kept as Fields
}

/** The text, where it is one and not empty. */
export function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
