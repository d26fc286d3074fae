import * as z from 'zod'

/** One row of a project's journal. `data` is the row as it became, `changes` is `{field: [old, new]}`. */
export const event = z.object({
  project_id: z.uuid(),
  seq: z.int().min(0),
  user_id: z.uuid().nullable(),
  action: z.string(),
  entity: z.string(),
  entity_id: z.uuid(),
  task_id: z.uuid().nullable(),
  changes: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])),
  data: z.record(z.string(), z.unknown()),
  request_id: z.string().nullable(),
  created_at: z.iso.datetime(),
  api_key: z
    .string()
    .nullable()
    .meta({ description: 'Name of the API key that acted; null: a signed-in person, or the system' }),
})
export type Event = z.infer<typeof event>

/** News of a commit. A hint: hubs go by `seq`, and read from the journal what did not arrive (I5). */
export type Announcement = { project_id: string; head: number; events: Event[] }
