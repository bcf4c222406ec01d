/** Parses a JSON body that may be hostile: depth and fields are counted before anything is built. */

import { depthLimit, excessOf, type JsonLimits } from '../base/json-depth.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { isRecord, parseJsonOfKnownDepth } from '../base/text.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'

/** In all objects together: long conversations have some ten thousand. */
const fieldLimit = 250_000
/** Of the body itself: the widest API has some fifty. */
const ownFieldLimit = 1_000

export const bodyLimits: JsonLimits = { levels: depthLimit, fields: fieldLimit }

/** The fault of a body that passes one of `bodyLimits`. */
export const excessFault = (excess: keyof JsonLimits): Fault =>
  excess === 'levels'
    ? makeFault('body_too_deep', `the body is nested deeper than ${depthLimit} levels`)
    : tooWide(fieldLimit)

/** A JSON object, or the fault to answer with. */
export function readJsonObject(text: string): Outcome<Record<string, unknown>, Fault> {
  const excess = excessOf(text, bodyLimits)
  return excess ? failed(excessFault(excess)) : buildJsonObject(text)
}

/** As `readJsonObject`, for a text that is known to be within `bodyLimits`. */
export function buildJsonObject(text: string): Outcome<Record<string, unknown>, Fault> {
  return objectOf(parseJsonOfKnownDepth(text))
}

/** The same for what was parsed already; undefined where it is no JSON. */
export function objectOf(value: unknown): Outcome<Record<string, unknown>, Fault> {
  if (isRecord(value))
    return hasMoreFields(value, ownFieldLimit) ? failed(tooWide(ownFieldLimit)) : done(value)
  const says = value === undefined ? 'the body is not valid JSON' : 'the body must be a JSON object'
  return failed(makeFault('body_not_json', says))
}

const tooWide = (limit: number) => makeFault('invalid_request', `the body has more than ${limit} fields`)

function hasMoreFields(value: Readonly<Record<string, unknown>>, limit: number): boolean {
  let fields = 0
  for (const _name in value) {
    fields += 1
    if (fields > limit) return true
  }
  return false
}
