import { identityOf } from './words.ts'

/**
 * What the importer says of names (columns, fields or people), by their identity. It notes which names are looked up,
 * so that one with a mistake in its spelling can be reported.
 */
export class MappedNames<V> extends Map<string, V> {
  readonly #unused: Map<string, string>

  constructor(named: Record<string, V>) {
    const entries = Object.entries(named).map(([name, to]) => [identityOf(name), name, to] as const)
    super()
    for (const [identity, , to] of entries) super.set(identity, to)
    this.#unused = new Map(entries.map(([identity, name]) => [identity, name]))
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
