import type { Column } from '../model.ts'
import { folded } from '../words.ts'

/** A column's key from its name, where it has letters that keys have; two columns of one name stay two. */
export function keysOf(columns: Column[]): string[] {
  const taken = new Set<string>()
  return columns.map(({ name }, n) => {
    const letters = folded(name)
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
