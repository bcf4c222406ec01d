/** Every detector, in the order of the report. A new one is a file and a line here. */

import { brokenInstruction } from './broken-instruction.ts'
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
import { inventedFact } from './invented-fact.ts'
import { languageSwitch } from './language-switch.ts'
import { lostConstraint } from './lost-constraint.ts'
import { refusedCall } from './refused-call.ts'
import { repeatedCall } from './repeated-call.ts'
import { retriedCall } from './retried-call.ts'
import { roleConfusion } from './role-confusion.ts'
import { schemaViolation } from './schema-violation.ts'
import { slowStep } from './slow-step.ts'
import { tokenOutlier } from './token-outlier.ts'
import { toolFailure } from './tool-failure.ts'
import { truncatedOutput } from './truncated-output.ts'
import { unansweredCall } from './unanswered-call.ts'
import { unsupportedAssumption } from './unsupported-assumption.ts'
import { unsupportedFigure } from './unsupported-figure.ts'

export const detectors: readonly Detector[] = [
  toolFailure,
  refusedCall,
  failedExecution,
  ignoredError,
  schemaViolation,
  retriedCall,
  lostConstraint,
  closedChoice,
  contradictedResult,
  inventedFact,
  brokenPromise,
  unsupportedAssumption,
  unsupportedFigure,
  formatViolation,
  brokenInstruction,
  languageSwitch,
  roleConfusion,
  emptyOutput,
  truncatedOutput,
  contextOverflow,
  repeatedCall,
  unansweredCall,
  emptyRetrieval,
  slowStep,
  tokenOutlier,
  failedCheck,
  failedRun,
]
