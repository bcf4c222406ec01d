/** Parses a JSON body that may be hostile: depth and fields are counted before anything is built. */

import { depthLimit, excessOf } from '../base/json-depth.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { isRecord, parseJsonOfKnownDepth } from '../base/text.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'

/** In all objects together: long conversations have some ten thousand. */
const fieldLimit = 250_000
/** Of the body itself: the widest API has some fifty. */
const ownFieldLimit = 1_000

/** A JSON object, or the fault to answer with. */
export function readJsonObject(text: string): Outcome<Record<string, unknown>, Fault> {
  const excess = excessOf(text, { levels: depthLimit, fields: fieldLimit })
  if (excess === 'levels')
    return failed(makeFault('body_too_deep', `the body is nested deeper than ${depthLimit} levels`))
  if (excess === 'fields') return failed(tooWide(fieldLimit))
  const value = parseJsonOfKnownDepth(text)
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
