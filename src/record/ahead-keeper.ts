/** Keeps the write-ahead file short and tells when the disk refuses it. */

import type { Clock } from '../base/clock.ts'
import { reasonOf } from '../base/reason.ts'
import { createTurnstile, type Turnstile } from '../base/turnstile.ts'
import type { AheadFile } from './ahead-file.ts'
import type { LineBlock } from './line-blocks.ts'

/** What the journal has got stays no longer than this in the files, ms. */
const wipeAfterMs = 1_000
/** So long a file begins anew: a short one stays in the same memory, and near the processor. */
const longBytes = 4_194_304

interface KeeperParts {
  readonly file: AheadFile
  readonly clock: Clock
  readonly onProblem: (line: string) => void
  /** What begins anew must outlive a loss of power before what stood before may go. */
  readonly mustFlush: boolean
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
  /** How often the lines began anew. */
  #begun = 0

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
    this.#later ??= clock.after(wipeAfterMs, () => void this.#wipe())
  }

  /** Whether all that was written outlives a loss of power, within the time given. */
  async flushed(withinMs: number): Promise<boolean> {
    const { file, clock } = this.#parts
    return Promise.race([file.flushed(), clock.sleep(withinMs).then(() => false)])
  }

  /** What the journal lacks stays in the file, for the next process. */
  close(): void {
    this.writeNow()
    this.#isClosed = true
    this.#later?.()
    const { file, mustFlush } = this.#parts
    if (this.#shorten()) attempt(() => file.wipe(mustFlush))
    file.close()
  }

  /** While the store is away nearly all of it would be written again: that waits until as much is new. */
  #isLong(bytes: number): boolean {
    if (bytes <= longBytes) return false
    let unwritten = 0
    for (const { used } of this.#parts.unwritten()) unwritten += used
    return bytes > unwritten
  }

  async #wipe(): Promise<void> {
    this.#later = undefined
    const { file, mustFlush } = this.#parts
    if (!this.#shorten()) return
    const begun = this.#begun
    if (mustFlush && !(await file.flushed())) return
    // What has begun anew meanwhile has its own turn.
    if (begun === this.#begun && !this.#isClosed) attempt(() => file.wipe())
  }

  /** A disk without room for the lines that stay keeps the old file, which holds the same and more. */
  #shorten(): boolean {
    this.#begun += 1
    return attempt(() => this.#parts.file.shorten(this.#parts.unwritten()))
  }
}

/** False where the disk refuses. */
function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
