/** Enters requests in the ledger: hashes what was said, cuts and redacts what is kept, commits to it. */

import { randomFillSync } from 'node:crypto'
import { truncate } from '../base/text.ts'
import type { ChatRequest } from '../protocol/chat.ts'
import type {
  Ledger,
  LedgerCommitments,
  LedgerIntent,
  LedgerPreviews,
  LedgerRecord,
} from '../protocol/ledger-entry.ts'
import { commitTo } from './keyed-hash.ts'
import { createPromptHasher, type PromptHasher } from './prompt-hash.ts'
import { redact } from './redact.ts'

export interface KeptTexts {
  readonly initialPrompt: string
  readonly finalResponse?: string
}

export interface LedgerNotary extends PromptHasher {
  intend(intent: LedgerIntent): Promise<{ readonly ok: boolean }>
  record(record: Omit<LedgerRecord, 'commitments'>, texts: KeptTexts): Promise<{ readonly ok: boolean }>
  hashPrompt(request: ChatRequest, tenant: string): string
}

export interface NotaryOptions {
  readonly ledger: Ledger
  readonly installationKey: Buffer
  readonly previews: () => 'off' | 'redacted' | 'full'
}

const promptCharacters = 512
const responseCharacters = 1_024
/** Only so much is redacted, for only so much can be shown. */
const readCharacters = 4_096

export function createNotary({ ledger, installationKey, previews }: NotaryOptions): LedgerNotary {
  return {
    ...createPromptHasher(installationKey),
    intend: (intent) => ledger.intend(intent),
    record(record, texts) {
      const kept = makePreviews(previews(), texts)
      const salt = takeSalt()
      return ledger.record({ ...record, commitments: commitments(kept, salt) }, kept, salt)
    },
  }
}

export function makePreviews(mode: 'off' | 'redacted' | 'full', texts: KeptTexts): LedgerPreviews {
  if (mode === 'off') return {}
  const show = (text: string, limit: number) => {
    const start = truncate(text, readCharacters)
    return truncate(mode === 'redacted' ? redact(start) : start, limit)
  }
  return {
    ...(texts.initialPrompt === '' ? {} : { initialPrompt: show(texts.initialPrompt, promptCharacters) }),
    ...(texts.finalResponse ? { finalResponse: show(texts.finalResponse, responseCharacters) } : {}),
  }
}

function commitments(previews: LedgerPreviews, salt: string): LedgerCommitments {
  const { initialPrompt, finalResponse } = previews
  return {
    ...(initialPrompt === undefined ? {} : { initialPrompt: commitTo(initialPrompt, salt) }),
    ...(finalResponse === undefined ? {} : { finalResponse: commitTo(finalResponse, salt) }),
  }
}

const saltBytes = 16
const saltPool = Buffer.alloc(saltBytes * 256)
let saltsUsed = 256

/** 128 random bits, hex; drawn many at once, for each draw is a system call. */
function takeSalt(): string {
  if (saltsUsed === 256) {
    randomFillSync(saltPool)
    saltsUsed = 0
  }
  saltsUsed += 1
  return saltPool.toString('hex', (saltsUsed - 1) * saltBytes, saltsUsed * saltBytes)
}
