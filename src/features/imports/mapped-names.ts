import { identityOf } from './words.ts'

/**
 * What the importer says of names (columns, fields or people), by their identity. It notes which names are looked up,
 * so that one with a mistake in its spelling can be reported.
 */
export class MappedNames<V> extends Map<string, V> {
  readonly #unused: Map<string, string>

  constructor(named: [string, V][]) {
    super()
    for (const [name, to] of named) super.set(identityOf(name), to)
    this.#unused = new Map(named.map(([name]) => [identityOf(name), name]))
  }

  override get(identity: string): V | undefined {
    this.#unused.delete(identity)
    return super.get(identity)
  }

  override has(identity: string): boolean {
    this.#unused.delete(identity)
    return super.has(identity)
  }

  /** The names, as the importer wrote them, that nothing has looked up. */
  unused(): string[] {
    return [...this.#unused.values()]
  }
}
