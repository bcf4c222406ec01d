/** Enters requests in the ledger: hashes what was said, cuts and redacts what is kept, commits to it. */

import { randomFillSync } from 'node:crypto'
import { truncate } from '../base/text.ts'
import type { LedgerConfig } from '../config/config.ts'
import type { ChatRequest } from '../protocol/chat.ts'
import type {
  Ledger,
  LedgerCommitments,
  LedgerIntent,
  LedgerPreviews,
  LedgerRecord,
} from '../protocol/ledger-entry.ts'
import { canonicalPieces, conversationUnits } from './canonical-pieces.ts'
import { createContentBox } from './content-box.ts'
import { commitTo } from './keyed-hash.ts'
import { createPromptHasher, type PromptHasher, plainHasher } from './prompt-hash.ts'
import { createRedactor, type Redact } from './redact.ts'
import { redactRecord } from './redact-record.ts'

export interface KeptTexts {
  readonly initialPrompt: string
  /** The prompt as it was sent at last, where it was rewritten. */
  readonly finalPrompt?: string
  readonly finalResponse?: string
  readonly messages?: ChatRequest['messages']
  readonly endUser?: string
}

export interface LedgerNotary extends Omit<PromptHasher, 'hashPrompt'> {
  intend(intent: LedgerIntent): Promise<{ readonly ok: boolean }>
  record(record: Omit<LedgerRecord, 'commitments'>, texts: KeptTexts): Promise<{ readonly ok: boolean }>
  /** A promise where the conversation is long: it is hashed in turns with other work. */
  hashPrompt(request: ChatRequest, tenant: string): string | Promise<string>
}

export type KeepingRules = Pick<
  LedgerConfig,
  'previews' | 'promptCharacters' | 'responseCharacters' | 'content' | 'redactPatterns' | 'promptHash'
>

export interface NotaryOptions {
  readonly ledger: Ledger
  readonly installationKey: Buffer
  readonly rules: () => KeepingRules
  /** Lets other work be done. */
  readonly turn: () => Promise<void>
}

/** Conversations longer than this, in UTF-16 units, would hold up other work. */
const longUnits = 262_144

/** Only so much is redacted, for only so much can be shown; a secret at the edge of what is shown is still seen whole. */
const leastRead = 4_096

export function createNotary({ ledger, installationKey, rules, turn }: NotaryOptions): LedgerNotary {
  const keyed = createPromptHasher(installationKey)
  const hasher = () => (rules().promptHash === 'plain' ? plainHasher : keyed)
  const box = createContentBox(installationKey)
  const redactorOf = latest((patterns: readonly string[]) => createRedactor(patterns))
  return {
    hashPrompt: (request, tenant) =>
      conversationUnits(request) > longUnits
        ? hashInTurns(canonicalPieces(request), hasher().openTextHash(tenant), turn)
        : hasher().hashPrompt(request, tenant),
    hashText: (text, tenant) => hasher().hashText(text, tenant),
    openTextHash: (tenant) => hasher().openTextHash(tenant),
    intend: (intent) => ledger.intend(intent),
    record(record, texts) {
      const now = rules()
      const redact = redactorOf(now.redactPatterns)
      const previews = makePreviews(now, texts, redact)
      const salt = takeSalt()
      const { tenant, requestId } = record
      const subject = texts.endUser === undefined ? undefined : hashSubject(keyed, texts.endUser, tenant)
      const entry: LedgerRecord = {
        ...(now.previews === 'full' ? record : redactRecord(record, redact)),
        commitments: commitments(previews, salt),
        subjectHash: subject,
      }
      if (now.content === 'none') return ledger.record(entry, { previews, salt })
      const { finalResponse, messages = [] } = texts
      const content = { conversation: JSON.stringify(messages), ...(finalResponse ? { finalResponse } : {}) }
      return ledger.record(entry, { previews, salt, content: box.seal(content, { tenant, requestId }) })
    },
  }
}

/** The end user's keyed hash: what `ledger erase --subject` looks for. */
export function hashSubject(hasher: PromptHasher, endUser: string, tenant: string): string {
  return hasher.hashText(`subject\n${endUser}`, tenant)
}

async function hashInTurns(
  pieces: Iterable<string>,
  hash: ReturnType<PromptHasher['openTextHash']>,
  turn: () => Promise<void>,
): Promise<string> {
  let units = 0
  for (const piece of pieces) {
    hash.update(piece)
    units += piece.length
    if (units < longUnits) continue
    units = 0
    await turn()
  }
  return hash.digest()
}

export function makePreviews(rules: KeepingRules, texts: KeptTexts, redact: Redact): LedgerPreviews {
  const { previews: mode, promptCharacters, responseCharacters } = rules
  if (mode === 'off') return {}
  const show = (text: string, limit: number) => {
    const start = truncate(text, Math.max(leastRead, 2 * limit))
    return truncate(mode === 'redacted' ? redact(start) : start, limit)
  }
  const { initialPrompt, finalPrompt, finalResponse } = texts
  return {
    initialPrompt: initialPrompt === '' ? undefined : show(initialPrompt, promptCharacters),
    finalPrompt: finalPrompt ? show(finalPrompt, promptCharacters) : undefined,
    finalResponse: finalResponse ? show(finalResponse, responseCharacters) : undefined,
  }
}

function commitments(previews: LedgerPreviews, salt: string): LedgerCommitments {
  const { initialPrompt, finalPrompt, finalResponse } = previews
  const to = (text: string | undefined) => (text === undefined ? undefined : commitTo(text, salt))
  return { initialPrompt: to(initialPrompt), finalPrompt: to(finalPrompt), finalResponse: to(finalResponse) }
}

/** Made anew only when what it is made of changes. */
function latest<From, Made>(make: (from: From) => Made): (from: From) => Made {
  let kept: { readonly from: From; readonly made: Made } | undefined
  return (from) => {
    if (kept?.from !== from) kept = { from, made: make(from) }
    return kept.made
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
