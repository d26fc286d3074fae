import * as z from 'zod'
import { KEY_SCOPES } from '../../db/schema.ts'
import { id, line, moment } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'

export const scope = z.enum(KEY_SCOPES).meta({ id: 'KeyScope' })

const scopes = z
  .array(scope)
  .min(1)
  .max(KEY_SCOPES.length)
  .transform((named) => KEY_SCOPES.filter((scope) => named.includes(scope)))
  .meta({
    description:
      '`read`: GET, sockets, tickets, and `POST /mcp` except tools that write. `write`: all other requests; `POST /reports/links` and changes of webhooks need `read` too. `admin`: together with one of these, also what only an administrator may do. A key never allows more than its owner may do.',
  })

const expires_at = moment.nullable().meta({ description: 'null: the key works until it is revoked' })

export const CreateKey = z
  .strictObject({
    name: line(100),
    scopes,
    project_ids: z
      .array(id)
      .min(1)
      .max(50)
      .overwrite((ids) => [...new Set(ids)])
      .nullable()
      .default(null)
      .meta({ description: 'The projects that this key can access; null: all that you can access' }),
    expires_at: expires_at.default(null),
  })
  .meta({ id: 'CreateKey', example: { name: 'Nightly report', scopes: ['read'] } })
export type CreateKey = z.infer<typeof CreateKey>

export const ListKeys = z.object(pageQuery)
export type ListKeys = z.infer<typeof ListKeys>
