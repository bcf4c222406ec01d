/** Packs calls into minutes: as few as can be for ten or fewer, first-fit-decreasing beyond (Johnson 1973). */

import { fits, type Load, largestShare, leastWindows, type MinuteLimits, noLoad, plus } from './load.ts'

export interface Packed {
  readonly id: string
  readonly load: Load
}

export type Bins<Piece extends Packed> = readonly (readonly Piece[])[]

/** So many are packed optimally by trying. */
const triedPieces = 10

/** A piece that fits in no minute has one of its own. */
export function pack<Piece extends Packed>(pieces: readonly Piece[], limits: MinuteLimits): Bins<Piece> {
  const greedy = firstFitDecreasing(pieces, limits)
  if (pieces.length > triedPieces || greedy.length <= leastWindows(loadsOf(pieces), limits)) return greedy
  return fewest(decreasing(pieces, limits), limits, greedy)
}

const loadsOf = (pieces: readonly Packed[]) => pieces.map(({ load }) => load)

function decreasing<Piece extends Packed>(pieces: readonly Piece[], limits: MinuteLimits): readonly Piece[] {
  return pieces
    .map((piece) => ({ piece, share: largestShare(piece.load, limits) }))
    .sort((one, other) => other.share - one.share)
    .map(({ piece }) => piece)
}

interface Bin<Piece> {
  readonly pieces: Piece[]
  load: Load
}

export function firstFitDecreasing<Piece extends Packed>(
  pieces: readonly Piece[],
  limits: MinuteLimits,
): Bins<Piece> {
  const bins: Bin<Piece>[] = []
  for (const piece of decreasing(pieces, limits)) {
    const bin = bins.find(({ load }) => fits(plus(load, piece.load), limits))
    if (bin) put(bin, piece)
    else bins.push({ pieces: [piece], load: piece.load })
  }
  return bins.map((bin) => bin.pieces)
}

function put<Piece extends Packed>(bin: Bin<Piece>, piece: Piece): void {
  bin.pieces.push(piece)
  bin.load = plus(bin.load, piece.load)
}

/** Branch and bound: each piece into every open bin once, or into a new one, as long as that beats the best. */
function fewest<Piece extends Packed>(
  pieces: readonly Piece[],
  limits: MinuteLimits,
  known: Bins<Piece>,
): Bins<Piece> {
  let best: Bins<Piece> = known
  const place = (at: number, open: Bins<Piece>) => {
    if (open.length >= best.length) return
    const piece = pieces[at]
    if (piece === undefined) {
      best = open
      return
    }
    for (const [index, bin] of open.entries()) {
      const load = bin.reduce((sum, one) => plus(sum, one.load), noLoad)
      if (fits(plus(load, piece.load), limits)) place(at + 1, open.with(index, [...bin, piece]))
    }
    place(at + 1, [...open, [piece]])
  }
  place(0, [])
  return best
}

/** What of the pieces fits into what is left of a minute, the largest first. */
export function fitting<Piece extends Packed>(
  pieces: readonly Piece[],
  left: MinuteLimits,
): readonly Piece[] {
  let load = noLoad
  return decreasing(pieces, left).filter((piece) => {
    const next = plus(load, piece.load)
    if (!fits(next, left)) return false
    load = next
    return true
  })
}
