import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { app } from '../src/app.ts'
import { openApiDocumentOf } from '../src/features/meta/document/openapi.ts'

/*
 * Writes the types of the API for `client/`, from the document that /openapi.json serves, so that the client
 * needs none of the server's code. Part of `npm run types`; the file is not in git, so it is never out of date.
 */

const document = JSON.parse(JSON.stringify(openApiDocumentOf(app.routes)))
const types = astToString(await openapiTS(document, { immutable: false, defaultNonNullable: false }))
writeFileSync(join(import.meta.dirname, '../client/src/openapi.ts'), types)
