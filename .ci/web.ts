import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

/*
 * The web board, built into public/: another of wrangler's build steps. The names of its files have a hash of what is in
 * them, so browsers may keep them for ever; public/index.html names those of this build.
 */

const root = join(import.meta.dirname, '..')
const target = join(root, 'public/assets')

/** Scripts and styles that stand in index.html, by their entry points. */
const ENTRIES = { script: 'web/src/main.tsx', style: 'web/style/main.css' }

/** What the script imports at once is asked for with it, not when it has been read. */
const PRELOAD = /^.*%IMPORT%.*\n/m

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

/** The scripts that the first view loads: the entry, and what it imports at once. */
export function firstScripts(metafile: Metafile): string[] {
  const seen = new Set<string>()
  const visit = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement') visit(next)
  }
  visit(outputOf(metafile, ENTRIES.script))
  return [...seen]
}

export const gzippedKB = (paths: string[]) =>
  paths.reduce((sum, path) => sum + gzipSync(readFileSync(join(root, path)), { level: 9 }).length, 0) / 1024

/** Writes what is served; returns what esbuild says of it. */
export async function buildWeb(): Promise<Metafile> {
  const metafile = await bundle()
  const addressOf = (path: string) => `/assets/${basename(path)}`
  const [, ...imported] = firstScripts(metafile)
  const page = readFileSync(join(root, 'web/index.html'), 'utf8')
    .replace('%STYLE%', addressOf(outputOf(metafile, ENTRIES.style)))
    .replace('%SCRIPT%', addressOf(outputOf(metafile, ENTRIES.script)))
    .replace(PRELOAD, (line) => imported.map((path) => line.replace('%IMPORT%', addressOf(path))).join(''))
  const file = join(root, 'public/index.html')
  const isSame = existsSync(file) && readFileSync(file, 'utf8') === page
  if (!isSame) writeFileSync(file, page) // a file that is written again would make `wrangler dev` load all anew
  return metafile
}

if (import.meta.main) await buildWeb()
