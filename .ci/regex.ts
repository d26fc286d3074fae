import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkSync } from 'recheck'
import ts from 'typescript'
import type * as z from 'zod'
import { app } from '../src/app.ts'
import { routesOf } from '../src/http/route-table.ts'

/*
 * `npm run check:regex`: no regular expression takes more than linear time, whatever a client sends. With recheck, it
 * checks all literals of `src` (except in tests) and the patterns in the routes' schemas, zod's own included.
 */

type Pattern = { where: string; source: string; flags: string }

/** The regular expressions of a file. Throws for a call of `RegExp`, as its pattern is known only when it runs. */
export function patternsOf(file: string, text: string): Pattern[] {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Pattern[] = []
  const visit = (node: ts.Node): void => {
    const where = `${file}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      found.push({ where, source: node.text.slice(1, end), flags: node.text.slice(end + 1) })
    }
    const isCall = ts.isNewExpression(node) || ts.isCallExpression(node)
    if (isCall && node.expression.getText(tree) === 'RegExp')
      throw new Error(`${where}: write this regular expression as a literal, so that it can be checked`)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** The patterns inside a schema, zod's own too. */
function patternsIn(where: string, part: unknown, seen: Set<unknown>): Pattern[] {
  if (part instanceof RegExp) return [{ where, source: part.source, flags: part.flags }]
  if (typeof part !== 'object' || part === null || seen.has(part)) return []
  seen.add(part)
  const inner = '_zod' in part ? (part as z.core.$ZodType)._zod.def : part
  return Object.values(inner).flatMap((value) => patternsIn(where, value, seen))
}

/** What is wrong with a pattern; undefined when it certainly takes linear time. */
export function faultOf({ where, source, flags }: Pattern): string | undefined {
  const { status, ...rest } = checkSync(source, flags, { timeout: 20_000 })
  if (status === 'safe') return undefined
  const why = 'complexity' in rest && rest.complexity ? rest.complexity.summary : 'cannot be judged'
  return `${where}: /${source}/${flags} is ${status} (${why})`
}

async function main(): Promise<void> {
  const root = join(import.meta.dirname, '..')
  const all: Pattern[] = []
  for await (const file of glob('src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] }))
    all.push(...patternsOf(file, readFileSync(join(root, file), 'utf8')))
  for (const { method, path, inputs } of routesOf(app.routes))
    for (const { target, schema } of inputs)
      all.push(...patternsIn(`${target} of ${method} ${path}`, schema, new Set()))
  const different = [...new Map(all.map((one) => [`/${one.source}/${one.flags}`, one])).values()]
  if (different.length < 10) throw new Error(`Only ${different.length} regular expressions were found in src`)
  const faults = different.flatMap((one) => faultOf(one) ?? [])
  if (faults.length > 0) throw new Error(faults.join('\n'))
  console.log(`${different.length} regular expressions take linear time.`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
