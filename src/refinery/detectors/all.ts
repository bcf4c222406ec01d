/** Every detector, in the order of the report. A new one is a file and a line here. */

import type { Detector } from './detector.ts'
import {
  contextOverflow,
  emptyOutput,
  emptyRetrieval,
  failedCheck,
  failedRun,
  repeatedCall,
  truncatedOutput,
  unansweredCall,
} from './flow.ts'
import { closedChoice, lostConstraint } from './request.ts'
import { contradictedResult, inventedFact } from './results.ts'
import { failedExecution, ignoredError, invalidInvocation, toolFailure } from './tool-errors.ts'
import { brokenPromise, formatViolation, unsupportedAssumption, unsupportedFigure } from './wording.ts'

export const detectors: readonly Detector[] = [
  toolFailure,
  invalidInvocation,
  failedExecution,
  ignoredError,
  lostConstraint,
  closedChoice,
  contradictedResult,
  inventedFact,
  brokenPromise,
  unsupportedAssumption,
  unsupportedFigure,
  formatViolation,
  emptyOutput,
  truncatedOutput,
  contextOverflow,
  repeatedCall,
  unansweredCall,
  emptyRetrieval,
  failedCheck,
  failedRun,
]
