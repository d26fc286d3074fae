import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listLabels: { summary: "A project's labels", ok: { status: 200, schema: a.LabelPage }, errors: ['not_found'] },
  createLabel: {
    summary: 'Add a label',
    description: 'Add it to tasks with `label_ids`, or `add_label_ids` of PATCH /tasks/{id}.',
    ok: { status: 201, schema: a.Label },
    errors: ['not_found', 'project_archived', 'label_name_taken', 'too_many_labels'],
  },
  updateLabel: {
    summary: 'Rename or recolour a label',
    ok: { status: 200, schema: a.Label },
    errors: ['not_found', 'project_archived', 'edit_conflict', 'label_name_taken'],
  },
  deleteLabel: {
    summary: 'Delete a label',
    description: 'Removes it from all tasks at once. The tasks get no new `seq`: the only event is `label.deleted`.',
    ok: { status: 204 },
    errors: ['not_found', 'project_archived'],
  },
} satisfies Reference
