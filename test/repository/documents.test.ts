import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Documents and comments name files, headings and commands. Each of them must exist. */

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))

const pages = files.filter((file) => file.endsWith('.md'))
/** Files with comments or texts. Not migrations: they never change, so they may name files that have moved since. */
const sources = files.filter(
  (file) =>
    /\.(ts|sql|toml|json|yaml|sh)$|^\.ci\/run$/.test(file) && !/^(drizzle\/\d|drizzle\/meta|package-lock)/.test(file),
)

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-')

const anchorsOf = (page: string) => [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** The links of a page that point into the repository. `target`: the file; `anchor`: undefined without one. */
const linksOf = (page: string) =>
  [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, path = '', anchor]) => ({
    target: path === '' ? page : normalize(join(dirname(page), path)),
    anchor,
  }))

/** The paths of files and folders of this repository that a text names, without patterns such as `src/*`. */
const pathsIn = (text: string) =>
  [...text.matchAll(/(?<![\w./@{}-])(?:src|test|drizzle|local|bench|docs|findings|\.ci)\/[\w./-]*\w\/?/g)]
    .filter(
      ({ 0: path, index }) => !/^[*+…[<{$(]/.test(text.slice(index + path.length)) && /\.\w+$|\/.*\/|\/$/.test(path),
    )
    .map(([path]) => path)

/** The text of a page, or the comments of any other file. */
const proseOf = (file: string) =>
  file.endsWith('.md') ? read(file) : [...read(file).matchAll(/(?:^|\s)(?:\/\*\*?|\*|\/\/|--|#) .*$/gm)].join('\n')

/** The names of files that a text gives by the end of their path, such as `http/etag.ts` or `etag.ts`. */
const shortNamesIn = (text: string) =>
  [...text.matchAll(/(?<![\w./@{}…*-])[a-z][\w-]*(?:[/.][\w-]+)*\.(?:ts|sql|md)\b/g)].map(([name]) => name)

describe.each(pages)('%s', (page) => {
  it('links only to files and headings that exist', () => {
    const broken = linksOf(page).filter(
      ({ target, anchor }) =>
        !existsSync(join(root, target)) ||
        (anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor)),
    )
    expect(broken).toEqual([])
  })
})

it('names only files that exist, in documents, comments and texts', () => {
  const lost = [...pages, ...sources].flatMap((file) => [
    ...pathsIn(read(file))
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${file}: ${path}`),
    ...shortNamesIn(proseOf(file))
      .filter((name) => !files.some((known) => known === name || known.endsWith(`/${name}`)))
      .map((name) => `${file}: ${name}`),
  ])
  expect(lost).toEqual([])
})

it('names only npm scripts that exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const lost = [...pages, ...sources].flatMap((file) =>
    [...read(file).matchAll(/npm run (?:-s )?([a-z][\w:-]*\w)/g)]
      .filter(([, name = '']) => !(name in scripts))
      .map(([command]) => `${file}: ${command}`),
  )
  expect(lost).toEqual([])
})

it('limits README.md to 150 lines and every other page to 200 lines', () => {
  const lines = (page: string) => read(page).trimEnd().split('\n').length
  const long = pages.filter((page) => lines(page) > (page === 'README.md' ? 150 : 200))
  expect(long).toEqual([])
})

it('documents every event of the log with its level, and no other', () => {
  const code = sources.filter((file) => /^src\/.*(?<!\.test)\.ts$/.test(file)).map(read)
  const direct = code.flatMap((text) => [
    ...text.matchAll(/\blog(?:'\))?\.(info|warn|error)\((?:\w+ \? '(\w+)' : )?'(\w+)'/g),
  ])
  const later = code.flatMap((text) => [...text.matchAll(/\bafter\(\s*'(\w+)'/g)])
  const failed = ['internal', 'unavailable', 'misconfigured'] // problems that are the server's: http/problem.ts
  const logged = [
    ...direct.flatMap(([, level, ...events]) => events.filter(Boolean).map((event) => `${event} ${level}`)),
    ...later.map(([, event]) => `${event} warn`),
    ...failed.map((event) => `${event} error`),
  ]
  const rows = [...read('docs/logs.md').matchAll(/^\| (`\w+`(?:, `\w+`)*) \| (\w+)(?:, (\w+))? \|/gm)]
  const documented = rows.flatMap(([, events = '', level, other]) =>
    [...events.matchAll(/\w+/g)].map(([event], n) => `${event} ${n === 1 && other ? other : level}`),
  )
  expect(documented.sort()).toEqual([...new Set(logged)].sort())
})

it('wraps comments at 120 columns', () => {
  const isComment = (line: string) => /^\s*(\/\*\*|\*|\/\/|--) /.test(line) && !line.includes('biome-ignore')
  const long = sources
    .filter((file) => /\.(ts|sql)$/.test(file))
    .flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, n) => (isComment(line) && line.length > 120 ? [`${file}:${n + 1}`] : [])),
    )
  expect(long).toEqual([])
})
