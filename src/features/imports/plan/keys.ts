import type { Column } from '../model.ts'
import { toPlainWords } from '../words.ts'

/** Unique keys of columns, in their order: from the Latin letters and digits of the name, else `column_<n>`. */
export function keysOf(columns: Column[]): string[] {
  const taken = new Set<string>()
  return columns.map(({ name }, n) => {
    const letters = toPlainWords(name)
      .replace(/[^a-z0-9 ]/g, '')
      .trim()
      .replace(/ +/g, '_')
      .replace(/^[0-9_]+/, '')
      .slice(0, 34)
      .replace(/_$/, '')
    const base = letters || `column_${n + 1}`
    let key = base
    for (let count = 2; taken.has(key); count += 1) key = `${base}_${count}`
    taken.add(key)
    return key
  })
}
