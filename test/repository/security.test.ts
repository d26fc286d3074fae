import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** SECURITY.md cites tests as evidence: each of them must exist, and none may be skipped. */

const pathOf = (file: string) => join(import.meta.dirname, '../..', file)
const read = (file: string) => readFileSync(pathOf(file), 'utf8')
const text = read('SECURITY.md')

/** All requirements of levels 1 and 2 in chapters V4, V6, V7, V8, V9 and V16 of OWASP ASVS 5.0.0. */
const REQUIREMENTS = `
  4.1.1 4.1.2 4.1.3 4.2.1 4.3.1 4.3.2 4.4.1 4.4.2 4.4.3 4.4.4
  6.1.1 6.1.2 6.1.3 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10 6.2.11 6.2.12
  6.3.1 6.3.2 6.3.3 6.3.4 6.4.1 6.4.2 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3
  6.8.1 6.8.2 6.8.3 6.8.4
  7.1.1 7.1.2 7.1.3 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2
  8.1.1 8.1.2 8.2.1 8.2.2 8.2.3 8.3.1 8.4.1
  9.1.1 9.1.2 9.1.3 9.2.1 9.2.2 9.2.3 9.2.4
  16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3`
  .trim()
  .split(/\s+/)

const rows = [...text.matchAll(/^\| (\d+\.\d+\.\d+) \| (.+) \| ?(.*) ?\|$/gm)].map(([, id, said, shown]) => ({
  id,
  said: said ?? '',
  shown: shown ?? '',
}))
const named = [...text.matchAll(/`(test\/[\w/.-]+)`: "([^"]+)"/g)].map(([, file = '', title = '']) => ({ file, title }))

/** Whether a test file has a test, or a group of tests, with exactly this title. */
function hasTest(file: string, title: string): boolean {
  const source = read(file)
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote},`))
}

it('SECURITY.md lists every requirement once and in order', () => {
  expect(rows.map(({ id }) => id)).toEqual(REQUIREMENTS)
})

it('names a test for each requirement, or says why there is none', () => {
  const bare = rows.filter(({ said, shown }) => !shown.includes('`test/') && !/n\/a|Not met/.test(said + shown))
  expect(bare.map(({ id }) => id)).toEqual([])
})

it('names only tests that exist', () => {
  expect(named.length).toBeGreaterThan(80)
  const lost = named.filter(({ file, title }) => !existsSync(pathOf(file)) || !hasTest(file, title))
  expect(lost).toEqual([])
})

it('names no file with skipped or focused tests', () => {
  const files = [...new Set(named.map(({ file }) => file))]
  expect(files.filter((file) => /\b(it|describe|test)\.(skip|only|todo|fails)\b/.test(read(file)))).toEqual([])
})
