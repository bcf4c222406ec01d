/** Draws from a seeded source: the whole vocabulary in which a scene is made up. */

import type { Random } from '../../../src/base/random.ts'

export interface Draw {
  /** A whole number, both ends included. */
  int(from: number, to: number): number
  oneOf<Value>(values: readonly Value[]): Value
  /** True in so large a share of cases, 0 to 1. */
  chance(share: number): boolean
  /** One of the values, each with its own weight. */
  weighted<Value>(rows: readonly (readonly [weight: number, value: Value])[]): Value
  times<Value>(count: number, make: (at: number) => Value): readonly Value[]
  shuffled<Value>(values: readonly Value[]): readonly Value[]
}

export function createDraw(random: Random): Draw {
  const draw: Draw = {
    int: (from, to) => from + Math.floor(random() * (to - from + 1)),
    oneOf<Value>(values: readonly Value[]): Value {
      const value = values[draw.int(0, values.length - 1)]
      if (value === undefined) throw new Error('nothing to draw from')
      return value
    },
    chance: (share) => random() < share,
    weighted<Value>(rows: readonly (readonly [weight: number, value: Value])[]): Value {
      let left = random() * rows.reduce((sum, [weight]) => sum + weight, 0)
      const found = rows.find(([weight]) => {
        left -= weight
        return left < 0
      })
      return (found ?? draw.oneOf(rows))[1]
    },
    times: (count, make) => Array.from({ length: count }, (_, at) => make(at)),
    shuffled<Value>(values: readonly Value[]): readonly Value[] {
      const left = [...values]
      return values.flatMap(() => left.splice(draw.int(0, left.length - 1), 1))
    },
  }
  return draw
}
