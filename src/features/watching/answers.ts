import * as z from 'zod'
import { instant, pageOf } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'

export const Watcher = z
  .object({
    task_id: id,
    user_id: id,
    project_id: id,
    created_at: instant,
    user: z.object({ id, name: z.string(), avatar_url: z.string().nullable() }),
  })
  .meta({ id: 'Watcher', example: examples.watcher })
export const WatcherPage = pageOf(Watcher).meta({ id: 'WatcherPage' })
