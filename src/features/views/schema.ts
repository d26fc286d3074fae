import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { id, instant, line } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'
import { ViewQuery } from '../tasks/schema.ts'

export const View = z
  .object({
    id,
    project_id: id,
    created_by: id,
    name: z.string(),
    query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    shared: z.boolean().meta({ description: 'Whether all members see it' }),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'View', example: examples.view })
export const ViewPage = pageOf(View).meta({ id: 'ViewPage' })

const fields = { name: line(100), query: ViewQuery, shared: z.boolean() }
const { name, query } = examples.view

export const CreateView = z
  .strictObject({ ...fields, shared: fields.shared.default(false) })
  .meta({ id: 'CreateView', example: { name, query, shared: true } })
export type CreateView = z.infer<typeof CreateView>

export const UpdateView = z
  .strictObject(z.object(fields).partial().shape)
  .meta({ id: 'UpdateView', example: { shared: false } })
export type UpdateView = z.infer<typeof UpdateView>

export const ListViews = z.object(pageQuery)
export type ListViews = z.infer<typeof ListViews>
