/** Keeps the write-ahead file short and tells when the disk refuses it. */

import type { Clock } from '../base/clock.ts'
import { reasonOf } from '../base/reason.ts'
import { createTurnstile, type Turnstile } from '../base/turnstile.ts'
import type { AheadFile } from './ahead-file.ts'
import type { LineBlock } from './line-blocks.ts'

/** What the journal has got stays no longer than this in the file, or until the file is so long: a short one stays in the same memory, and near the processor. */
const shortenAfterMs = 1_000
const longBytes = 4_194_304

interface KeeperParts {
  readonly file: AheadFile
  readonly clock: Clock
  readonly onProblem: (line: string) => void
  /** Lines of entries that the journal still lacks. */
  readonly unwritten: () => Iterable<LineBlock>
}

/** What is told between two writes: whether the file has got it. */
interface Lines {
  ok: boolean
}

/** Has identity: holds the file's timer and whether it is well. */
export class AheadKeeper {
  readonly #parts: KeeperParts
  readonly #together: Turnstile
  #lines: Lines = { ok: false }
  #isWell = true
  #isClosed = false
  #later: (() => void) | undefined

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#together = createTurnstile({ before: () => this.writeNow() })
  }

  /** Says whether what is told to the file has been written, or what comes of `otherwise`; once for all who tell it something together. */
  tell(
    work: (file: AheadFile) => void,
    otherwise?: () => Promise<Readonly<Lines>>,
  ): Promise<Readonly<Lines>> {
    work(this.#parts.file)
    // Another may write them first.
    const lines = this.#lines
    return new Promise((resolve) =>
      this.#together(() => resolve(lines.ok || otherwise === undefined ? lines : otherwise())),
    )
  }

  /** As `tell`, without waiting for others. */
  tellNow(work: (file: AheadFile) => void): Readonly<Lines> {
    work(this.#parts.file)
    const lines = this.#lines
    this.writeNow()
    return lines
  }

  /** Waits for nobody to come along. A disk that refuses is told once, and once when it takes lines again. */
  writeNow(): void {
    const lines = this.#lines
    this.#lines = { ok: false }
    if (this.#isClosed) {
      lines.ok = this.#isWell
      return
    }
    const { file, clock, onProblem } = this.#parts
    try {
      if (!file.write()) return
      lines.ok = true
    } catch (error) {
      const reason = reasonOf(error)
      if (this.#isWell)
        onProblem(`the write-ahead file cannot be written, requests wait for the journal: ${reason}`)
      this.#isWell = false
      return
    }
    if (!this.#isWell) onProblem('the write-ahead file is written again')
    this.#isWell = true
    if (this.#isLong(file.bytes())) this.#shorten()
    else this.#later ??= clock.after(shortenAfterMs, () => this.#shorten())
  }

  /** Whether all that was written outlives a loss of power, within the time given. */
  async flushed(withinMs: number): Promise<boolean> {
    const { file, clock } = this.#parts
    return Promise.race([file.flushed(), clock.sleep(withinMs).then(() => false)])
  }

  /** What the journal lacks stays in the file, for the next process. */
  close(): void {
    this.writeNow()
    this.#shorten()
    this.#isClosed = true
    this.#parts.file.close()
  }

  /** While the store is away nearly all of it would be written again: that waits until as much is new. */
  #isLong(bytes: number): boolean {
    if (bytes <= longBytes) return false
    let unwritten = 0
    for (const { used } of this.#parts.unwritten()) unwritten += used
    return bytes > unwritten
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
