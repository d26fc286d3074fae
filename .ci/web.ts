import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile, type Plugin } from 'esbuild'

/*
 * A build step of wrangler: builds the web board into public/. The names of its files have a hash of their content, so
 * browsers may cache them without limit; public/index.html names those of this build.
 */

const root = join(import.meta.dirname, '..')
const target = join(root, 'public/assets')

/** The entry points of the script and of the style that index.html loads. */
const ENTRIES = { script: 'web/src/main.tsx', style: 'web/style/main.css' }

/**
 * Makes every module that is loaded later import the whole first view, which has run before it. So the same scripts use
 * all modules of the first view, and esbuild, which joins modules with the same users, makes one file of them.
 */
const oneFirstFile: Plugin = {
  name: 'one-first-file',
  setup({ onResolve, onLoad, resolve }) {
    const later = new Set<string>()
    onResolve({ filter: /^\./ }, async ({ kind, path, ...from }) => {
      if (kind !== 'dynamic-import') return undefined
      const found = await resolve(path, { ...from, kind: 'import-statement' })
      later.add(found.path)
      return found
    })
    onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
      if (!later.has(path)) return undefined
      const first = JSON.stringify(join(root, ENTRIES.script))
      return { contents: `import ${first}\n${readFileSync(path, 'utf8')}`, loader: path.endsWith('x') ? 'tsx' : 'ts' }
    })
  },
}

async function bundle(): Promise<Metafile> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: Object.values(ENTRIES),
    outdir: target,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome123', 'firefox121', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    metafile: true,
    plugins: [oneFirstFile],
    write: false,
    logLevel: 'warning',
    legalComments: 'none',
  })
  mkdirSync(target, { recursive: true })
  for (const { path, contents } of outputFiles) if (!existsSync(path)) writeFileSync(path, contents)
  const built = new Set(outputFiles.map(({ path }) => basename(path)))
  for (const name of readdirSync(target)) if (!built.has(name)) rmSync(join(target, name))
  return metafile
}

const outputOf = ({ outputs }: Metafile, entry: string): string => {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry)?.[0]
  if (!found) throw new Error(`esbuild wrote nothing for ${entry}`)
  return found
}

/** The path of the script that the first view loads: the entry only imports it. Throws when it imports more. */
export function firstScriptOf(metafile: Metafile): string {
  const { imports = [] } = metafile.outputs[outputOf(metafile, ENTRIES.script)] ?? {}
  const [first, ...more] = imports.filter(({ kind }) => kind === 'import-statement')
  if (!first || more.length > 0) throw new Error('The first view is not in one file')
  return first.path
}

export const gzippedKB = (path: string) => gzipSync(readFileSync(join(root, path)), { level: 9 }).length / 1024

/** Writes public/assets and public/index.html. Returns esbuild's description of the files. */
export async function buildWeb(): Promise<Metafile> {
  const metafile = await bundle()
  const addressOf = (path: string) => `/assets/${basename(path)}`
  const page = readFileSync(join(root, 'web/index.html'), 'utf8')
    .replace('%STYLE%', addressOf(outputOf(metafile, ENTRIES.style)))
    .replace('%SCRIPT%', addressOf(firstScriptOf(metafile)))
  const file = join(root, 'public/index.html')
  const isSame = existsSync(file) && readFileSync(file, 'utf8') === page
  if (!isSame) writeFileSync(file, page) // writing it would make `wrangler dev` reload everything
  return metafile
}

if (import.meta.main) await buildWeb()
