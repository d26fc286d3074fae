import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listTasks: {
    summary: 'Tasks of a project, or mine in all projects',
    ok: { status: 200, schema: a.TaskPage },
    errors: ['not_found'],
  },
  createTask: {
    summary: 'Add a task',
    description: 'It goes to the bottom of the column `status`; by default, of the first column.',
    ok: { status: 201, schema: a.WrittenTask },
    errors: [
      'not_found',
      'project_archived',
      'too_many_tasks',
      'wip_limit_reached',
      'assignee_not_member',
      'label_not_found',
      'column_not_found',
      'parent_not_found',
      'parent_too_deep',
    ],
  },
  getTask: { summary: 'A task', ok: { status: 200, schema: a.Task }, errors: ['not_found'] },
  updateTask: {
    summary: 'Edit a task',
    description:
      'With If-Match, returns 412 if the task has changed. With base_seq, merges: if a field that you send was changed since then, and not to your value, returns 409 with both values and writes nothing; lists of assignees and labels keep what both sides added and removed. Without base_seq, your list replaces the current one; but a list of assignees that adds or removes only you keeps what others changed in the two seconds before. A new status moves the task to the bottom of that column.',
    ok: { status: 200, schema: a.WrittenTask },
    errors: [
      'not_found',
      'project_archived',
      'edit_conflict',
      'wip_limit_reached',
      'assignee_not_member',
      'label_not_found',
      'column_not_found',
      'parent_not_found',
      'parent_is_descendant',
      'parent_too_deep',
    ],
  },
  moveTask: {
    summary: 'Move a task on the board',
    description:
      'Send parameters in the query or as JSON, which overrides the query. Without `before` or `after` the task goes to the bottom. A neighbour that has left the column is ignored: a move never fails because somebody else has moved a card.',
    ok: { status: 200, schema: a.WrittenTask },
    errors: ['not_found', 'project_archived', 'wip_limit_reached', 'column_not_found', 'task_not_found'],
  },
  deleteTask: {
    summary: 'Put a task into the trash',
    description: 'It can be restored for 30 days, or as many as the deployment sets (`TRASH_DAYS`).',
    ok: { status: 204 },
    errors: ['not_found', 'project_archived'],
  },
  restoreTask: {
    summary: 'Take a task out of the trash',
    ok: { status: 200, schema: a.WrittenTask },
    errors: ['not_found', 'project_archived', 'wip_limit_reached'],
  },
} satisfies Reference
