/** JSON of an object with long lists, written in pieces, so that other work can be done in between. */

type Json = Readonly<Record<string, unknown>>

/** Whether one of its lists has more items than are written at once. */
export function isWide(value: Json, itemsAtOnce: number): boolean {
  for (const name in value) {
    const field = value[name]
    if (Array.isArray(field) && field.length > itemsAtOnce) return true
  }
  return false
}

/** Together they are `JSON.stringify(value)`; a list of the object itself comes in pieces of `itemsAtOnce` items. */
export function* jsonPieces(value: Json, itemsAtOnce: number): Generator<string, void> {
  let before = '{'
  for (const [name, field] of Object.entries(value)) {
    if (!Array.isArray(field) || field.length <= itemsAtOnce) {
      const text: string | undefined = JSON.stringify(field)
      if (text === undefined) continue
      yield `${before}${JSON.stringify(name)}:${text}`
    } else {
      yield `${before}${JSON.stringify(name)}:[`
      for (let at = 0; at < field.length; at += itemsAtOnce)
        yield `${at > 0 ? ',' : ''}${JSON.stringify(field.slice(at, at + itemsAtOnce)).slice(1, -1)}`
      yield ']'
    }
    before = ','
  }
  yield before === '{' ? '{}' : '}'
}
