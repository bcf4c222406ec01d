/** Lines as bytes in memory that two threads see: written once, for the write-ahead file and for the journal's thread alike. While they wait the collector has nothing to carry. */

export interface LineBlock {
  readonly shared: SharedArrayBuffer
  readonly bytes: Buffer
  used: number
  lines: number
  /** Bytes of it that the write-ahead file was given. */
  ahead: number
}

/** What of a block another thread is told. */
export type SharedLines = Pick<LineBlock, 'shared' | 'used'>

/** A hundred entries of the common length. */
const blockBytes = 262_144
/** Blocks that are kept for the next lines: as many as wait while the gateway is busy. */
const mostKept = 8
export const lineEnd = 0x0a
/** No UTF-16 unit takes more in UTF-8. */
export const bytesPerUnit = 3

/** Has identity: holds the blocks that are filled and those that are free. */
export class LineBlocks {
  #blocks: LineBlock[] = []
  #lines = 0
  #used = 0
  readonly #free: LineBlock[] = []

  /** Lines that wait. */
  get lines(): number {
    return this.#lines
  }

  /** Bytes of them. */
  get used(): number {
    return this.#used
  }

  all(): readonly LineBlock[] {
    return this.#blocks
  }

  /** The block whose last line it is now, with its end. It stays there until the block is free again. Its parts are not put together as a text before. */
  add(...parts: readonly string[]): LineBlock {
    const block = this.#withRoom(parts)
    const from = block.used
    let end = from
    for (const part of parts) end += block.bytes.write(part, end)
    block.bytes[end] = lineEnd
    block.used = end + 1
    block.lines += 1
    this.#lines += 1
    this.#used += block.used - from
    return block
  }

  /** Takes out the first blocks: at least one, and no more than hold `limit` lines. */
  take(limit: number): readonly LineBlock[] {
    let lines = 0
    const end = this.#blocks.findIndex((block, at) => {
      lines += block.lines
      return at > 0 && lines > limit
    })
    const taken = this.#blocks.splice(0, end < 0 ? this.#blocks.length : end)
    this.#count(taken, -1)
    return taken
  }

  /** Puts blocks before all others. */
  giveBack(blocks: readonly LineBlock[]): void {
    this.#blocks = [...blocks, ...this.#blocks]
    this.#count(blocks, 1)
  }

  /** Nobody reads them any more. */
  free(blocks: readonly LineBlock[]): void {
    for (const block of blocks) {
      if (this.#free.length >= mostKept || block.bytes.length > blockBytes) continue
      block.used = 0
      block.lines = 0
      block.ahead = 0
      this.#free.push(block)
    }
  }

  #withRoom(parts: readonly string[]): LineBlock {
    const last = this.#blocks.at(-1)
    let units = 0
    for (const part of parts) units += part.length
    const most = units * bytesPerUnit + 1
    if (last && last.used + most <= last.bytes.length) return last
    const next =
      most > blockBytes
        ? newBlock(Buffer.byteLength(parts.join('')) + 1)
        : (this.#free.pop() ?? newBlock(blockBytes))
    this.#blocks.push(next)
    return next
  }

  #count(blocks: readonly LineBlock[], sign: 1 | -1): void {
    for (const { lines, used } of blocks) {
      this.#lines += sign * lines
      this.#used += sign * used
    }
  }
}

function newBlock(bytes: number): LineBlock {
  const shared = new SharedArrayBuffer(bytes)
  return { shared, bytes: Buffer.from(shared), used: 0, lines: 0, ahead: 0 }
}

/** The lines as they were added, without their ends. */
export function* readLines({ shared, used }: SharedLines): Generator<string> {
  const bytes = Buffer.from(shared, 0, used)
  for (let from = 0; from < used; ) {
    const end = bytes.indexOf(lineEnd, from)
    yield bytes.toString('utf8', from, end)
    from = end + 1
  }
}
