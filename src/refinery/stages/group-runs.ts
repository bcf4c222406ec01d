/** Groups runs for the calls of the first stage: along the tree, by number and by tokens, each run in order. */

/** A run, or a part of one that is too large for a call. */
export interface Sized {
  readonly runId: string
  readonly parentId?: string | undefined
  readonly tokens: number
}

export interface GroupLimits {
  readonly runs: number
  readonly tokens: number
}

/** A subtree is cut only where it is larger than a group. Pieces stand in the order of execution, before and after. */
export function groupRuns<Piece extends Sized>(
  pieces: readonly Piece[],
  limits: GroupLimits,
): readonly (readonly Piece[])[] {
  const groups: Piece[][] = []
  for (const unit of unitsOf(pieces, limits)) {
    const last = groups.at(-1)
    if (last && isWithin([...last, ...unit], limits)) last.push(...unit)
    else groups.push([...unit])
  }
  return groups
}

function isWithin(pieces: readonly Sized[], limits: GroupLimits): boolean {
  const runs = new Set(pieces.map(({ runId }) => runId)).size
  return runs <= limits.runs && tokensIn(pieces) <= limits.tokens
}

const tokensIn = (pieces: readonly Sized[]) => pieces.reduce((sum, { tokens }) => sum + tokens, 0)

/** The largest subtrees that fit whole, and single runs between them. */
function unitsOf<Piece extends Sized>(
  pieces: readonly Piece[],
  limits: GroupLimits,
): readonly (readonly Piece[])[] {
  const units: (readonly Piece[])[] = []
  let at = 0
  while (at < pieces.length) {
    const subtree = pieces.slice(at, subtreeEnd(pieces, at))
    const unit = isWithin(subtree, limits) ? subtree : pieces.slice(at, at + 1)
    units.push(unit)
    at += unit.length
  }
  return units
}

/** Behind a run stand its descendants, for the order is that of the tree. */
function subtreeEnd(pieces: readonly Sized[], at: number): number {
  const inside = new Set([pieces[at]?.runId])
  let end = at + 1
  for (; end < pieces.length; end += 1) {
    const piece = pieces[end]
    if (!piece || !(inside.has(piece.runId) || inside.has(piece.parentId))) break
    inside.add(piece.runId)
  }
  return end
}
