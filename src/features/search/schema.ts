import * as z from 'zod'
import { line } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { taskFilters } from '../tasks/schema.ts'

export const Search = z.object({
  ...pageQuery,
  ...taskFilters,
  q: line(200).meta({
    description:
      'Words or parts of them, all of which must be there; or the number of a task, such as `APOLLO-12` or `12`',
  }),
})
export type Search = z.infer<typeof Search>
