/** Every detector, in the order of the report. A new one is a file and a line here. */

import { brokenPromise } from './broken-promise.ts'
import { closedChoice } from './closed-choice.ts'
import { contextOverflow } from './context-overflow.ts'
import { contradictedResult } from './contradicted-result.ts'
import type { Detector } from './detector.ts'
import { emptyOutput } from './empty-output.ts'
import { emptyRetrieval } from './empty-retrieval.ts'
import { failedCheck } from './failed-check.ts'
import { failedExecution } from './failed-execution.ts'
import { failedRun } from './failed-run.ts'
import { formatViolation } from './format-violation.ts'
import { ignoredError } from './ignored-error.ts'
import { invalidInvocation } from './invalid-invocation.ts'
import { inventedFact } from './invented-fact.ts'
import { lostConstraint } from './lost-constraint.ts'
import { repeatedCall } from './repeated-call.ts'
import { toolFailure } from './tool-failure.ts'
import { truncatedOutput } from './truncated-output.ts'
import { unansweredCall } from './unanswered-call.ts'
import { unsupportedAssumption } from './unsupported-assumption.ts'
import { unsupportedFigure } from './unsupported-figure.ts'

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
