import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app } from '../src/app.ts'
import { openApiDocumentOf } from '../src/features/meta/document/openapi.ts'

/*
 * A build step of wrangler, before `wrangler dev` and `wrangler deploy`: writes what is served, or read by
 * the Worker, as an asset: files of installed packages, and the OpenAPI document.
 */

const root = join(import.meta.dirname, '..')
const modules = join(root, 'node_modules')

/** Copies the viewer of the API reference beside our own files. */
function copySwaggerUi(target: string): void {
  mkdirSync(target, { recursive: true })
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE'])
    copyFileSync(join(modules, 'swagger-ui-dist', file), join(target, file))
}

/** Writes the common passwords that our limits of length allow, each with a line break before and after it. */
function writeCommonPasswords(target: string): void {
  const file = join(modules, '@zxcvbn-ts/language-common/src/passwords.json')
  const passwords: string[] = JSON.parse(readFileSync(file, 'utf8'))
  const kept = passwords.filter((password) => password.length >= 8 && password.length <= 128)
  if (kept.length < 3_000) throw new Error(`Only ${kept.length} common passwords were found in ${file}`)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'common-passwords.txt'), `\n${kept.join('\n')}\n`)
}

/** Writes what /openapi.json serves. */
function writeOpenApi(target: string): void {
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'openapi.json'), JSON.stringify(openApiDocumentOf(app.routes)))
}

copySwaggerUi(join(root, 'public/docs/vendor'))
writeCommonPasswords(join(root, 'public/vendor'))
writeOpenApi(join(root, 'public/vendor'))
