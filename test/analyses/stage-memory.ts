/** Answers of an analysis kept for as long as a test or a bench runs. */

import type { StageCache } from '../../src/refinery/stages/stage-desk.ts'

export function createStageMemory(): StageCache {
  const kept = new Map<string, unknown>()
  return {
    get: async (key) => kept.get(key),
    put: async (key, answer) => void kept.set(key, answer),
  }
}
