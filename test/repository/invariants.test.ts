import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** docs/invariants.md must list every invariant, trigger and SQL setting that exists, and no other. */

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const page = read('docs/invariants.md')

const filesOf = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))

const sqlFiles = filesOf('drizzle', '.sql')
const sql = sqlFiles.map(read).join('\n')
const code = ['src', 'bench', 'local', 'test'].flatMap((folder) => filesOf(folder, '.ts')).map(read)

const namesIn = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
]
const sortNames = (names: string[]) => names.toSorted((a, b) => a.localeCompare(b))

it('lists every setting that the SQL sets or reads', () => {
  const used = namesIn(sql, /_(?:config|setting)\('(flowtrack\.\w+)'/g)
  expect(used.length).toBeGreaterThan(5)
  expect(sortNames(namesIn(page, /^\| `(flowtrack\.\w+)`/gm))).toEqual(sortNames(used))
})

it('lists every trigger, and none that was dropped', () => {
  const made = namesIn(sql, /create (?:or replace )?(?:constraint )?trigger (\w+)/gi)
  const dropped = sqlFiles.flatMap((file) => {
    const text = read(file)
    return namesIn(text, /^drop trigger (\w+)/gm).filter((name) => !text.includes(`trigger ${name} after`))
  })
  const listed = page.slice(page.indexOf('## Triggers'))
  expect(sortNames(namesIn(listed, /^\| `(\w+)`/gm))).toEqual(sortNames(made.filter((name) => !dropped.includes(name))))
})

it('defines every invariant that code and SQL cite', () => {
  const cited = [...code, sql].flatMap((text) => namesIn(text, /\b(I\d\d?)\b(?= |,|\)|:|\.)/g))
  const defined = namesIn(page, /^\| \*\*(I\d+) /gm)
  expect(cited.length).toBeGreaterThan(5)
  expect(cited.filter((name) => !defined.includes(name))).toEqual([])
})

it('names only TypeScript files that exist', () => {
  const named = namesIn(page, /`((?:src|test|drizzle)\/[\w./-]+\.ts)`/g)
  expect(named.length).toBeGreaterThan(5)
  for (const file of named) expect(read(file).length, file).toBeGreaterThan(0)
})
