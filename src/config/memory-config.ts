/** The part of the configuration about what is remembered: ledger, events, retention. */

import type { Config } from './config.ts'
import type { ConfigFile } from './schema.ts'

const dayMs = 86_400_000

export function memoryConfig(
  file: ConfigFile,
): Pick<Config, 'ledger' | 'log' | 'score' | 'events' | 'retention'> {
  const { ledger, log, resilience_score: score, events, retention } = file
  const { every_entries, every_ms, file: path, url } = ledger.checkpoints
  return {
    ledger: {
      previews: ledger.previews,
      mode: ledger.mode,
      commitWaitMs: ledger.commit_wait_ms,
      synchronous: ledger.synchronous,
      promptHash: ledger.prompt_hash,
      promptCharacters: ledger.prompt_characters,
      responseCharacters: ledger.response_characters,
      content: ledger.content,
      redactPatterns: ledger.redact_patterns,
      spillBytes: ledger.spill_bytes,
      checkpoints: { everyEntries: every_entries, everyMs: every_ms, file: path, url },
    },
    score: {
      rewrite: score.rewrite,
      callFailure: score.call_failure,
      keyRotation: score.key_rotation,
      modelFailover: score.model_failover,
      providerFailover: score.provider_failover,
      breakerTripped: score.breaker_tripped,
      allFailed: score.all_failed,
      unansweredMost: score.unanswered_most,
    },
    log,
    events: { level: events.level, queue: events.queue, batch: events.batch, batchMs: events.batch_ms },
    retention: retentionConfig(retention),
  }
}

function retentionConfig(given: ConfigFile['retention']): Config['retention'] {
  const forMs = (days: number | undefined) => (days === undefined ? undefined : days * dayMs)
  return {
    entriesForMs: forMs(given.entries_days),
    previewsForMs: forMs(given.previews_days),
    contentForMs: forMs(given.content_days),
    eventsForMs: forMs(given.events_days),
    journalMaxBytes: given.journal_max_bytes,
    eventsMaxBytes: given.events_max_bytes,
    everyMs: given.every_ms,
  }
}
