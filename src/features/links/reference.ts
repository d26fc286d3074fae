import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listTaskLinks: {
    summary: "A task's links to other tasks",
    description:
      'Links to tasks that are in the trash are left out. Of those to projects that you do not see, `hidden` has the id and the kind.',
    ok: { status: 200, schema: a.LinkPage },
    errors: ['not_found'],
  },
  linkTasks: {
    summary: 'Link a task to another',
    description: 'The other task may be in another project, if you are a contributor there too.',
    ok: { status: 201, schema: a.Link },
    errors: ['not_found', 'project_archived', 'already_linked', 'link_circle', 'task_not_found', 'too_many_task_links'],
  },
  unlinkTasks: {
    summary: 'Remove a link, from both tasks',
    description: 'You must be a contributor in the project of this side of the link, by whose id you call.',
    ok: { status: 204 },
    errors: ['not_found', 'project_archived'],
  },
} satisfies Reference
