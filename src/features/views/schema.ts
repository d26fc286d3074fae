import * as z from 'zod'
import { line } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleInputs } from '../../lib/request-examples.ts'
import { ViewQuery } from '../tasks/schema.ts'

const fields = { name: line(100), query: ViewQuery, shared: z.boolean() }
const { name, query } = exampleInputs.view

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
