/** What the stages of one analysis work with. */

import type { Failures } from '../find-failures.ts'
import type { StageDesk } from './ask-stage.ts'
import type { Prepared, PreparedGroup } from './prepare-stages.ts'
import type { Retrieval } from './retrieval/retrieval.ts'
import type { StageProgress } from './stage-progress.ts'
import type { Stage } from './stage-schemas.ts'
import type { Asked } from './stage-sections.ts'
import type { StageSettings } from './stage-settings.ts'

export interface StageRun {
  readonly desk: StageDesk
  readonly prepared: Prepared
  readonly asked: Asked
  /** Stages behind the first. */
  readonly later: readonly Stage[]
  readonly failures: Failures
  readonly settings: StageSettings
  readonly onProgress: (progress: StageProgress) => void
  /** What of a group is sent; all of it unless it is searched. */
  readonly retrieval: Pick<Retrieval, 'sectionsOf' | 'found'>
  readonly pause: (forMs: number) => Promise<void>
  /** Told of what is left whenever an answer has come. */
  readonly onLeft: (left: StagesLeft) => void
}

export interface StagesLeft {
  readonly groups: readonly PreparedGroup[]
  readonly later: readonly Stage[]
}
