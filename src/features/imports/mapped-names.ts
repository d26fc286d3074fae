import { foldName } from './words.ts'

/**
 * What the parameter `map` says about names (of columns, fields or people): its values by folded name. It notes which
 * names are looked up, so that a misspelt one can be reported.
 */
export class MappedNames<V> extends Map<string, V> {
  readonly #unused: Map<string, string>

  constructor(named: [string, V][]) {
    super()
    for (const [name, to] of named) super.set(foldName(name), to)
    this.#unused = new Map(named.map(([name]) => [foldName(name), name]))
  }

  override get(folded: string): V | undefined {
    this.#unused.delete(folded)
    return super.get(folded)
  }

  override has(folded: string): boolean {
    this.#unused.delete(folded)
    return super.has(folded)
  }

  /** The names, as the importer wrote them, that nothing has looked up. */
  unused(): string[] {
    return [...this.#unused.values()]
  }
}
