import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app } from '../src/app.ts'
import { documentOf } from '../src/features/meta/openapi.ts'

/*
 * wrangler's build step, before `wrangler dev` and `wrangler deploy`: what is served, or read by the
 * Worker, as an asset: files of packages of the lock file, and the OpenAPI document.
 */

const root = join(import.meta.dirname, '..')
const modules = join(root, 'node_modules')

/** The viewer of the API reference, beside our own files. */
function swaggerUi(target: string): void {
  mkdirSync(target, { recursive: true })
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE'])
    copyFileSync(join(modules, 'swagger-ui-dist', file), join(target, file))
}

/** Common passwords that our rule on length lets pass: one a line, with a line break on either side. */
function commonPasswords(target: string): void {
  const file = join(modules, '@zxcvbn-ts/language-common/src/passwords.json')
  const passwords: string[] = JSON.parse(readFileSync(file, 'utf8'))
  const kept = passwords.filter((password) => password.length >= 8 && password.length <= 128)
  if (kept.length < 3_000) throw new Error(`Only ${kept.length} common passwords were found in ${file}`)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'common-passwords.txt'), `\n${kept.join('\n')}\n`)
}

/** What /openapi.json serves. */
function openApi(target: string): void {
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'openapi.json'), JSON.stringify(documentOf(app.routes)))
}

swaggerUi(join(root, 'public/docs/vendor'))
commonPasswords(join(root, 'public/vendor'))
openApi(join(root, 'public/vendor'))
