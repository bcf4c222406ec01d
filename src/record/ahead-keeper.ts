/** Keeps the write-ahead file short and tells when the disk refuses it. */

import type { Clock } from '../base/clock.ts'
import type { AheadFile } from './ahead-file.ts'

/** What the journal has got stays no longer than this in the file, or until the file is so long. */
const shortenAfterMs = 1_000
const longBytes = 4_194_304
/** More are not gathered before a write. */
const mostTellers = 64

interface KeeperParts {
  readonly file: AheadFile
  readonly clock: Clock
  readonly onProblem: (line: string) => void
  /** Lines of entries that the journal still lacks. */
  readonly unwritten: () => Iterable<string>
}

/** Has identity: holds the file's timer and whether it is well. */
export class AheadKeeper {
  readonly #parts: KeeperParts
  #isWell = true
  #isClosed = false
  #tellers: ((isWritten: boolean) => void)[] = []
  #later: (() => void) | undefined

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  /** Says whether what is told to the file has been written; once for all who tell it something in the same turns of the event loop. */
  tell(work: (file: AheadFile) => void): Promise<boolean> {
    work(this.#parts.file)
    return new Promise((resolve) => {
      this.#tellers.push(resolve)
      if (this.#tellers.length === 1) setImmediate(() => this.#gather(1))
    })
  }

  /** Waits as long as each turn brings more. Requests that then go on together cost less than one after the other: the processor has their code at hand. */
  #gather(before: number): void {
    const now = this.#tellers.length
    if (now > before && now < mostTellers) {
      setImmediate(() => this.#gather(now))
      return
    }
    const tellers = this.#tellers
    this.#tellers = []
    const isWritten = this.#write()
    for (const tell of tellers) tell(isWritten)
  }

  /** A disk that refuses is told once, and once when it takes lines again. */
  #write(): boolean {
    if (this.#isClosed) return false
    const { file, clock, onProblem } = this.#parts
    try {
      file.write()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (this.#isWell)
        onProblem(`the write-ahead file cannot be written, requests wait for the journal: ${reason}`)
      this.#isWell = false
      return false
    }
    if (!this.#isWell) onProblem('the write-ahead file is written again')
    this.#isWell = true
    if (file.bytes() > longBytes) this.#shorten()
    else this.#later ??= clock.after(shortenAfterMs, () => this.#shorten())
    return true
  }

  /** Whether all that was written outlives a loss of power, within the time given. */
  async flushed(withinMs: number): Promise<boolean> {
    const { file, clock } = this.#parts
    return Promise.race([file.flushed(), clock.sleep(withinMs).then(() => false)])
  }

  /** What the journal lacks stays in the file, for the next process. */
  close(): void {
    this.#write()
    this.#shorten()
    this.#isClosed = true
    this.#parts.file.close()
  }

  #shorten(): void {
    this.#later?.()
    this.#later = undefined
    try {
      this.#parts.file.shorten(this.#parts.unwritten())
    } catch {
      // A disk without room for the new file keeps the old one, which holds the same and more.
    }
  }
}
