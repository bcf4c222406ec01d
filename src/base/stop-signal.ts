/** Tells once that something is to stop: as an `AbortSignal` does, at a fraction of what one costs where every call needs its own. */

/** What an `AbortSignal` has of it. */
export interface StopSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Stops with the first of them. What listens to it listens to each of them, and leaves nothing there when it is taken away. */
export function firstOf(...signals: readonly StopSignal[]): StopSignal {
  const heard = new Map<() => void, () => void>()
  const takeAway = (listener: () => void) => {
    const end = heard.get(listener)
    heard.delete(listener)
    if (end) for (const signal of signals) signal.removeEventListener('abort', end)
  }
  return {
    get aborted() {
      return signals.some(({ aborted }) => aborted)
    },
    addEventListener(_type, listener) {
      const end = () => {
        takeAway(listener)
        listener()
      }
      heard.set(listener, end)
      for (const signal of signals) signal.addEventListener('abort', end, { once: true })
    },
    removeEventListener: (_type, listener) => takeAway(listener),
  }
}

/** Has identity: stops once, and each listener hears of it once. */
export class Stop implements StopSignal {
  aborted = false
  #listeners: readonly (() => void)[] = []

  addEventListener(_type: 'abort', listener: () => void): void {
    // As long as need be: V8 makes room for 17 in a list that grows.
    this.#listeners = this.#listeners.concat(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.indexOf(listener)
    if (at >= 0) this.#listeners = this.#listeners.toSpliced(at, 1)
  }

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    // One may take another away.
    for (let next = this.#listeners[0]; next; next = this.#listeners[0]) {
      this.#listeners = this.#listeners.slice(1)
      next()
    }
  }
}
