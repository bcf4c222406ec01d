/** Parses a JSON body that may be hostile: depth is counted before anything is built. */

import { depthLimit, isDeeperThan } from '../base/json-depth.ts'
import { done, failed, type Outcome } from '../base/outcome.ts'
import { isRecord, parseJsonOfKnownDepth } from '../base/text.ts'
import { type Fault, makeFault } from '../protocol/fault.ts'

/** A JSON object, or the fault to answer with. */
export function readJsonObject(text: string): Outcome<Record<string, unknown>, Fault> {
  if (isDeeperThan(text, depthLimit))
    return failed(makeFault('body_too_deep', `the body is nested deeper than ${depthLimit} levels`))
  const value = parseJsonOfKnownDepth(text)
  if (isRecord(value)) return done(value)
  const says = value === undefined ? 'the body is not valid JSON' : 'the body must be a JSON object'
  return failed(makeFault('body_not_json', says))
}
