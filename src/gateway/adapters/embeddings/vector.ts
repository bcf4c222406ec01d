/** Vectors between numbers and base64, without losing a bit of their 32. */

import { done, failed, type Outcome } from '../../../base/outcome.ts'
import type { Vector } from '../../../protocol/embedding.ts'
import { type Fault, makeFault } from '../../../protocol/fault.ts'

const bytesPerNumber = 4

export const dimensionsOf = (vector: Vector): number =>
  typeof vector === 'string' ? Buffer.byteLength(vector, 'base64') / bytesPerNumber : vector.length

export function toBase64(vector: Vector): string {
  if (typeof vector === 'string') return vector
  const bytes = Buffer.allocUnsafe(vector.length * bytesPerNumber)
  for (const [at, number] of vector.entries()) bytes.writeFloatLE(number, at * bytesPerNumber)
  return bytes.toString('base64')
}

export function toNumbers(vector: Vector): readonly number[] {
  if (typeof vector !== 'string') return vector
  const bytes = Buffer.from(vector, 'base64')
  return Array.from({ length: bytes.length / bytesPerNumber }, (_, at) =>
    shortest(bytes.readFloatLE(at * bytesPerNumber)),
  )
}

/** The shortest decimal number that is this 32-bit float. */
function shortest(float: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(float.toPrecision(digits))
    if (Math.fround(short) === float) return short
  }
  return Number(float.toPrecision(9))
}

/** The vectors, where there are `count` of them, whole and of one length. */
export function checkVectors(vectors: readonly unknown[], count: number): Outcome<readonly Vector[], Fault> {
  if (vectors.length !== count) return failed(malformed(`${vectors.length} vectors came for ${count} inputs`))
  if (!vectors.every(isVector)) return failed(malformed('a vector is neither numbers nor base64 of floats'))
  const lengths = new Set(vectors.map(dimensionsOf))
  return lengths.size === 1 ? done(vectors) : failed(malformed('the vectors are of several lengths'))
}

const malformed = (says: string) => makeFault('upstream_malformed', says)

function isVector(value: unknown): value is Vector {
  if (Array.isArray(value))
    return value.length > 0 && value.every((number) => typeof number === 'number' && Number.isFinite(number))
  if (typeof value !== 'string' || value === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return false
  return Number.isInteger(dimensionsOf(value))
}
