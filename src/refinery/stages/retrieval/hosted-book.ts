/** Writes down what an analysis makes at a provider as soon as it is there, so that it is taken away where the analysis cannot do it any more. */

import { asText } from '../../../record/import/loose.ts'
import type { AskHosted, HostedQuestion } from './hosted-call.ts'

/** What stands at a provider for one analysis. */
export interface HostedNote {
  /** Of the analysis. */
  readonly id: string
  /** By its name in the configuration. */
  readonly provider: string
  /** The process that made it. */
  readonly owner: HostedOwner
  /** Of stores and files, such as `/files/file-1`. */
  readonly paths: readonly string[]
}

export interface HostedOwner {
  readonly pid: number
  /** Random: a new process may have the number of one that is gone. */
  readonly start: string
}

export interface HostedBook {
  put(note: HostedNote): Promise<void>
  remove(id: string): Promise<void>
}

export interface TrackedHost {
  readonly ask: AskHosted
  /** Takes away what the analysis itself has left. What cannot be taken away stays written down. */
  end(): Promise<void>
}

/** The answer of every question that makes or removes something comes when it is written down. */
export function trackHost(ask: AskHosted, book: HostedBook, about: Omit<HostedNote, 'paths'>): TrackedHost {
  const paths = new Set<string>()
  const write = () => (paths.size > 0 ? book.put({ ...about, paths: [...paths] }) : book.remove(about.id))
  const tracked: AskHosted = async (asked) => {
    const came = await ask(asked)
    const made = came.ok ? madeBy(asked, came.value['id']) : undefined
    if (made !== undefined) paths.add(made)
    const isRemoved = came.ok && asked.method === 'DELETE' && paths.delete(asked.path)
    // What could not be written down is still taken away by the analysis itself.
    if (made !== undefined || isRemoved) await write().catch(() => {})
    return came
  }
  return {
    ask: tracked,
    end: async () => void (await Promise.all([...paths].map((path) => tracked(removal(path))))),
  }
}

function madeBy({ method = 'POST', path }: HostedQuestion, id: unknown): string | undefined {
  const name = asText(id)
  const isMaking = method === 'POST' && (path === '/vector_stores' || path === '/files')
  return isMaking && name !== undefined ? `${path}/${name}` : undefined
}

const removal = (path: string): HostedQuestion => ({ method: 'DELETE', path, isRemoval: true })

/** Takes away what processes that are gone have left; true where all of it is gone. */
export async function removeLeft(ask: AskHosted, { paths }: HostedNote): Promise<boolean> {
  const came = await Promise.all(paths.map((path) => ask(removal(path))))
  return came.every(({ ok }) => ok)
}

/** Whether what it made belongs to nobody any more. */
export const isLeft = (owner: HostedOwner, own: HostedOwner, isAlive: (pid: number) => boolean): boolean =>
  owner.start !== own.start && (owner.pid === own.pid || !isAlive(owner.pid))
