import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listChecklists: {
    summary: 'Checklists of a task, with their items',
    ok: { status: 200, schema: a.ChecklistPage },
    errors: ['not_found'],
  },
  createChecklist: {
    summary: 'Add a checklist at the end of a task',
    ok: { status: 201, schema: a.Checklist },
    errors: ['not_found', 'project_archived', 'too_many_checklists', 'too_many_items'],
  },
  updateChecklist: {
    summary: 'Rename or move a checklist',
    ok: { status: 200, schema: a.Checklist },
    errors: ['not_found', 'project_archived', 'edit_conflict'],
  },
  deleteChecklist: {
    summary: 'Delete a checklist with its items',
    ok: { status: 204 },
    errors: ['not_found', 'project_archived'],
  },
  createChecklistItem: {
    summary: 'Add an item to a checklist',
    description:
      'Without `before` or `after` the item comes last. If the item that one of them names was deleted, that parameter is ignored.',
    ok: { status: 201, schema: a.ChecklistItem },
    errors: ['not_found', 'project_archived', 'assignee_not_member', 'too_many_items'],
  },
  updateChecklistItem: {
    summary: 'Tick, edit or move an item of a checklist',
    ok: { status: 200, schema: a.ChecklistItem },
    errors: ['not_found', 'project_archived', 'edit_conflict', 'assignee_not_member'],
  },
  deleteChecklistItem: {
    summary: 'Delete an item of a checklist',
    ok: { status: 204 },
    errors: ['not_found', 'project_archived'],
  },
} satisfies Reference
