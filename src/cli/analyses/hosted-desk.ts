/** The vector stores of a provider for analyses, with a book of what stands there: nothing stays behind of a process that was killed. */

import { join } from 'node:path'
import type { Config, ProviderConfig } from '../../config/config.ts'
import type { Transport } from '../../gateway/transport/transport.ts'
import type { ExplainedTarget } from '../../protocol/explanation.ts'
import { openNoteFolder } from '../../record/batch/note-folder.ts'
import {
  type HostedNote,
  type HostedOwner,
  isLeft,
  removeLeft,
  type TrackedHost,
  trackHost,
} from '../../refinery/stages/retrieval/hosted-book.ts'
import { type AskHosted, hostedAsker } from '../../refinery/stages/retrieval/hosted-call.ts'

export interface HostedDeskParts {
  readonly dataDir: string
  readonly config: () => Config
  readonly transport: Transport
  /** Different in every process. */
  readonly start: string
}

export interface HostedDesk {
  /** Of the first target whose provider has them: OpenAI's dialects, with a key. */
  hostFor(
    targets: readonly Pick<ExplainedTarget, 'provider'>[],
    about: { readonly analysisId: string; readonly signal: AbortSignal },
  ): TrackedHost | undefined
  /** Takes away what processes that are gone have left at providers that are still configured. Never rejects. */
  sweep(): Promise<void>
}

export function openHostedDesk({ dataDir, config, transport, start }: HostedDeskParts): HostedDesk {
  const book = openNoteFolder<HostedNote>(join(dataDir, 'analyses', 'hosted'))
  const owner: HostedOwner = { pid: process.pid, start }
  const askerFor = (name: string, signal: AbortSignal): AskHosted | undefined => {
    const provider = config().providers.get(name)
    const key = keyOf(provider)
    if (!provider || key === undefined) return undefined
    const { baseUrl, local } = provider
    return hostedAsker({ transport, baseUrl, key, local, signal })
  }
  return {
    hostFor(targets, { analysisId, signal }) {
      const target = targets.find(({ provider }) => keyOf(config().providers.get(provider)) !== undefined)
      const ask = target && askerFor(target.provider, signal)
      return ask && trackHost(ask, book, { id: analysisId, provider: target.provider, owner })
    },
    async sweep() {
      const left = book.all().filter((note) => isLeft(note.owner, owner, isAlive))
      await Promise.all(
        left.map(async (note) => {
          const ask = askerFor(note.provider, new AbortController().signal)
          if (ask && (await removeLeft(ask, note))) await book.remove(note.id).catch(() => {})
        }),
      )
    },
  }
}

/** Undefined where the provider keeps no vector stores. */
function keyOf(provider: ProviderConfig | undefined): string | undefined {
  const isOpenai = provider?.dialect === 'openai' || provider?.dialect === 'responses'
  return isOpenai ? provider.keys[0] : undefined
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Another user's process may not be signalled, and lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
