import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/*
 * wrangler's build step: puts the viewer of the API reference beside our own files, from the
 * version that the lock file pins. It runs before `wrangler dev` and `wrangler deploy`.
 */

const root = join(import.meta.dirname, '..')
const target = join(root, 'public/docs/vendor')
mkdirSync(target, { recursive: true })
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE'])
  copyFileSync(join(root, 'node_modules/swagger-ui-dist', file), join(target, file))
