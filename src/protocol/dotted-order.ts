/** Dotted order: where a run stands in its trace, as text that sorts. */

/** `YYYYMMDDTHHMMSSffffffZ` and the id: one step of a dotted order. */
export function dottedStep(startedAtMs: number, id: string): string {
  const wholeMs = Math.floor(startedAtMs)
  const micros = Math.min(999, Math.round((startedAtMs - wholeMs) * 1_000))
  const iso = new Date(wholeMs).toISOString().replace(/[-:]/g, '')
  return `${iso.slice(0, -5)}${iso.slice(-4, -1)}${String(micros).padStart(3, '0')}Z${id}`
}

const step = /^\d{8}T\d{12}Z(.+)$/

/** The ids of a dotted order, root first; undefined where it was made by hand (`1.2`). */
export function idsOf(dottedOrder: string): readonly string[] | undefined {
  const ids = dottedOrder.split(/\.(?=\d{8}T\d{12}Z)/).map((part) => step.exec(part)?.[1])
  return ids.every((id) => id !== undefined) ? ids : undefined
}

/** Compares as people count: `1.10` comes after `1.9`. */
export function compareNaturally(one: string, other: string): number {
  const ones = one.split(/(\d+)/)
  const others = other.split(/(\d+)/)
  for (let at = 0; at < Math.min(ones.length, others.length); at += 1) {
    const [a = '', b = ''] = [ones[at], others[at]]
    if (a === b) continue
    // Every second piece is a number; stamps are too long for arithmetic and have equal lengths.
    return at % 2 === 1 && a.length !== b.length ? Number(a) - Number(b) : a < b ? -1 : 1
  }
  return ones.length - others.length
}
