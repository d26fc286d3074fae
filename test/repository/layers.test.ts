import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { afterAll, beforeAll, expect, it } from 'vitest'
import config from '../../.ci/layers.ts'

let base: string
beforeAll(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'layers-'))
})
afterAll(() => rm(base, { recursive: true }))

const A = 'export type A = 1\n'

/** The names of the rules that a tree of these files breaks. */
async function brokenRulesOf(files: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(path.join(base, 'tree-'))
  for (const [name, text] of Object.entries({
    'node_modules/hono/index.ts': A,
    'node_modules/@modelcontextprotocol/server/index.ts': A,
    ...files,
  })) {
    await mkdir(path.join(folder, path.dirname(name)), { recursive: true })
    await writeFile(path.join(folder, name), text)
  }
  const { forbidden, options } = config
  const rules = { ...options, tsConfig: undefined, baseDir: folder, validate: true, ruleSet: { forbidden } }
  const roots = ['src', 'client', 'web'].filter((root) =>
    Object.keys(files).some((name) => name.startsWith(`${root}/`)),
  )
  const { output } = await cruise(roots, rules, { extensions: ['.ts'] })
  return [...new Set((output as ICruiseResult).summary.violations.map(({ rule }) => rule.name))]
}

const LAYERS = [
  'lib',
  'config',
  'security',
  'db',
  'redis',
  'cache',
  'live',
  'context',
  'transaction',
  'http',
  'features',
]
const fileOf = (layer: string) => (layer === 'context' ? 'src/context.ts' : `src/${layer}/some.ts`)
const importOf = (from: string, to: string) => {
  const file = path.posix.relative(path.posix.dirname(from), to)
  return `import type { A } from '${file.startsWith('.') ? file : `./${file}`}'\nexport type B = A\n`
}
const pairs = LAYERS.slice(0, -1).map((layer, at): [string, string] => [layer, LAYERS[at + 1] ?? ''])

it.each(pairs)(
  'reports a type that src/%s imports from the higher layer src/%s, but not the opposite import',
  async (below, above) => {
    const [from, to] = [fileOf(below), fileOf(above)]
    expect(await brokenRulesOf({ [from]: importOf(from, to), [to]: A })).toEqual([`${below}-below-${above}`])
    expect(await brokenRulesOf({ [to]: importOf(to, from), [from]: A })).toEqual([])
  },
)

/** For each rule, files that break it. Paths are below `src`, except those in `client` and `web`. */
const PLANTED: Record<string, Record<string, string>> = {
  'routes-mounted-in-app': {
    'features/a/service.ts': "import type { A } from '../b/routes.ts'\nexport type B = A\n",
    'features/b/routes.ts': A,
  },
  'app-on-top': { 'features/a/schema.ts': "export type { A } from '../../app.ts'\n", 'app.ts': A },
  'client-apart-from-server': {
    'client/src/a.ts': "export type { A } from '../../src/lib/errors.ts'\n",
    'lib/errors.ts': A,
  },
  'server-apart-from-client': {
    'lib/a.ts': "export type { A } from '../../client/src/types.ts'\n",
    'client/src/types.ts': A,
  },
  'web-on-client-alone': {
    'web/src/a.ts': "export type { A } from '../../client/src/store.ts'\n",
    'client/src/store.ts': A,
  },
  'nothing-on-web': { 'client/src/a.ts': "export type { A } from '../../web/src/b.ts'\n", 'web/src/b.ts': A },
  'document-apart': {
    'features/a/service.ts': "export { A } from './answers.ts'\n",
    'features/a/answers.ts': 'export const A = 1\n',
  },
  'mcp-on-demand': { 'features/mcp/tool.ts': "export type { A } from '@modelcontextprotocol/server'\n" },
  'mcp-served-on-demand': {
    'features/mcp/routes.ts': "export type { A } from './serve.ts'\n",
    'features/mcp/serve.ts': A,
  },
  'no-circle': {
    'lib/a.ts': "import type { B } from './b.ts'\nexport type A = B\n",
    'lib/b.ts': "import type { A } from './a.ts'\nexport type B = A\n",
  },
  'no-folder-circle': {
    'features/a/one.ts': "export type { D } from '../b/four.ts'\n",
    'features/a/two.ts': A,
    'features/b/three.ts': "export type { A } from '../a/two.ts'\n",
    'features/b/four.ts': 'export type D = 1\n',
  },
  'routes-ask-services': {
    'features/a/routes.ts': "export type { A } from '../../db/client.ts'\n",
    'db/client.ts': A,
  },
  'services-know-no-http': { 'features/a/service.ts': "export type { A } from 'hono'\n" },
  'no-hono-below-http': { 'lib/errors.ts': "export type { A } from 'hono'\n" },
}

it.each(Object.entries(PLANTED))('reports a violation of the rule %s', async (rule, files) => {
  const tree = Object.entries(files).map(([name, text]) => [/^(client|web)\//.test(name) ? name : `src/${name}`, text])
  expect(await brokenRulesOf(Object.fromEntries(tree))).toEqual([rule])
})

it('allows type imports from modules that only the document needs', async () => {
  const service = "import type { A } from './answers.ts'\nexport type B = A\n"
  expect(await brokenRulesOf({ 'src/features/tasks/service.ts': service, 'src/features/tasks/answers.ts': A })).toEqual(
    [],
  )
})

it('tests a violation of each rule', () => {
  const names = config.forbidden.map(({ name }) => name)
  const layers = pairs.map(([below, above]) => `${below}-below-${above}`)
  expect(names.sort()).toEqual([...layers, ...Object.keys(PLANTED)].sort())
})
