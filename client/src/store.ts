/**
 * A state that can be read and watched: what `useSyncExternalStore` takes; Svelte and Solid need two lines (README).
 */
export interface Readable<T> {
  /** The current state: the same object until something changes. */
  getSnapshot(): T
  /** Calls `changed` after each change. Returns the function that unsubscribes. */
  subscribe(changed: () => void): () => void
}

export class Store<T> implements Readable<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  readonly getSnapshot = (): T => this.#value

  readonly subscribe = (changed: () => void): (() => void) => {
    const listener = () => changed() // the same function may subscribe twice
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  set(value: T): void {
    if (value === this.#value) return
    this.#value = value
    for (const listener of [...this.#listeners]) listener()
  }
}
