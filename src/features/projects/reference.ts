import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listProjects: {
    summary: 'My projects; every project for an administrator',
    ok: { status: 200, schema: a.ProjectPage },
  },
  createProject: {
    summary: 'Create a project',
    description: 'It begins with the columns todo, in_progress, review and done, and with you as its manager.',
    ok: { status: 201, schema: a.Project },
    errors: ['key_taken', 'too_many_projects'],
    journalled: true,
  },
  getProject: { summary: 'A project', ok: { status: 200, schema: a.Project }, errors: ['not_found'] },
  updateProject: {
    summary: 'Edit a project',
    description: 'Status `archived` makes it read-only; any other status opens it again.',
    ok: { status: 200, schema: a.Project },
    errors: ['not_found', 'project_archived', 'edit_conflict'],
  },
  setQuotas: {
    summary: 'Set the quotas of a project',
    description: 'They replace the quotas of this deployment; null restores those. Returns the quotas that apply now.',
    ok: { status: 200, schema: a.Quotas },
    errors: ['not_found'],
  },
  deleteProject: {
    summary: 'Delete a project with all that is in it',
    description: 'Closes its sockets. This cannot be undone.',
    ok: { status: 204 },
    errors: ['not_found'],
  },
} satisfies Reference
