import * as z from 'zod'
import { COLUMN_STATES, PROJECT_ROLES, PROJECT_STATUSES } from '../../db/schema.ts'
import { id, isInYears, line, moment, prose } from '../../lib/fields.ts'
import { checklistFields, itemFields } from '../checklists/schema.ts'
import { columnFields, columnKey } from '../columns/schema.ts'
import { body } from '../comments/schema.ts'
import { labelFields } from '../labels/schema.ts'
import { linkKind } from '../links/schema.ts'
import { projectKey } from '../projects/schema.ts'
import { fields } from '../tasks/schema.ts'
import { webhookFields } from '../webhooks/schema.ts'

/*
 * The schemas of an export's lines. They are as strict as the tables: a row that passes them and the replay can be
 * inserted. Instants are converted to the form that the journal has.
 */

/** How many people a file may name. Bounded, as each person may be notified of a membership. */
const MAX_PEOPLE = 1_000

/** Digits of a rank: `task_rank` gives a column new ranks before it needs more. */
const MAX_RANK_DIGITS = 40

const date = z.iso.date().refine(isInYears, 'must be in the year 1 or later').nullable()
const position = z
  .string()
  .regex(
    /^(0|[1-9]\d*)(\.\d*[1-9])?$/,
    'must be a decimal number such as 12.5: no sign, no exponent, no leading or trailing zeros',
  )
  .refine((value) => value !== '0', 'must be more than 0')
  .refine(
    (value) => value.length <= MAX_RANK_DIGITS + Number(value.includes('.')),
    `must have at most ${MAX_RANK_DIGITS} digits`,
  )
const seq = z.int().min(1)
const stamps = { created_at: moment, updated_at: moment, seq }
const inOrder = { message: 'due_date must not be before start_date' }
type Dates = { start_date: string | null; due_date: string | null }
const datesInOrder = ({ start_date, due_date }: Dates) =>
  start_date === null || due_date === null || due_date >= start_date

const rows = {
  project: z.strictObject({
    id,
    key: projectKey,
    name: line(200),
    description: prose(20_000),
    status: z.enum(PROJECT_STATUSES),
    created_by: id.nullable(),
    start_date: date,
    due_date: date,
    ...stamps,
  }),
  member: z.strictObject({ id, project_id: id, user_id: id, role: z.enum(PROJECT_ROLES), ...stamps }),
  column: z.strictObject({
    id,
    project_id: id,
    key: columnKey,
    position,
    ...columnFields,
    pending: z.enum(COLUMN_STATES).nullable().default(null), // older files have none
    ...stamps,
  }),
  label: z.strictObject({ id, project_id: id, ...labelFields, ...stamps }),
  /** Only the events of a webhook are imported: the webhook itself stays in the project that was exported. */
  webhook: z.strictObject({
    id,
    project_id: id,
    ...webhookFields,
    rotated_at: moment.nullable(),
    ...stamps,
  }),
  task: z.strictObject({
    id,
    project_id: id,
    number: z.string().regex(/^[A-Z][A-Z0-9]{1,9}-[1-9]\d{0,8}$/),
    position,
    ...fields,
    label_ids: fields.label_ids.default([]), // older files have none
    start_date: date,
    due_date: date,
    started_at: moment.nullable(),
    completed_at: moment.nullable(),
    comment_count: z.int().min(0).default(0), // older files have none
    checklist_done: z.int().min(0).default(0), // older files have none
    checklist_total: z.int().min(0).default(0), // older files have none
    created_by: id.nullable(),
    deleted_at: moment.nullable(),
    archived_at: fields.archived_at.default(null), // older files have none
    is_blocked: z.boolean().default(false), // older files have none
    ...stamps,
  }),
  link: z.strictObject({ id, project_id: id, task_id: id, kind: linkKind, other_task_id: id.nullable(), ...stamps }),
  comment: z.strictObject({
    id,
    project_id: id,
    task_id: id,
    user_id: id.nullable(),
    edited_at: moment.nullable(),
    ...stamps,
  }),
  checklist: z.strictObject({ id, project_id: id, task_id: id, ...checklistFields, position, ...stamps }),
  checklist_item: z.strictObject({
    id,
    project_id: id,
    task_id: id,
    checklist_id: id,
    ...itemFields,
    due_date: date,
    position,
    ...stamps,
  }),
}

/** `{field: [old, new]}` of a row, for any of its fields. */
const changesOf = (row: z.ZodObject) =>
  z.strictObject(
    Object.fromEntries(Object.entries(row.shape).map(([field, value]) => [field, z.tuple([value, value]).optional()])),
  )

const lineOf = <E extends keyof typeof rows, A extends readonly string[], D extends z.ZodType>(
  entity: E,
  actions: A,
  data: D,
) =>
  z.strictObject({
    project_id: id,
    seq,
    user_id: id.nullable(),
    action: z.enum(actions.map((verb) => `${entity}.${verb}`) as `${E}.${A[number]}`[]),
    entity: z.literal(entity),
    entity_id: id,
    task_id: id.nullable(),
    changes: changesOf(rows[entity]),
    data,
    request_id: z.string().nullable(),
    created_at: moment,
    api_key: z.string().nullable().default(null),
  })

/** One journal row, as `GET /projects/{id}/activity` and the sockets show it. */
export const Entry = z.discriminatedUnion('entity', [
  lineOf('project', ['created', 'updated'], rows.project.refine(datesInOrder, inOrder)),
  lineOf('member', ['added', 'updated', 'removed'], rows.member),
  lineOf(
    'column',
    ['created', 'updated', 'deleted', 'reordered'],
    rows.column.extend({ positions: z.record(id, position).optional() }),
  ),
  lineOf('label', ['created', 'updated', 'deleted'], rows.label),
  lineOf('webhook', ['created', 'updated', 'deleted'], rows.webhook),
  lineOf(
    'task',
    ['created', 'updated', 'moved', 'deleted', 'restored', 'purged'],
    rows.task.refine(datesInOrder, inOrder),
  ),
  lineOf('link', ['created', 'deleted'], rows.link),
  lineOf(
    'comment',
    ['created', 'updated', 'deleted'],
    rows.comment.extend({ body: body.nullable() }), // null if it was deleted
  ),
  lineOf('checklist', ['created', 'updated', 'deleted'], rows.checklist),
  lineOf('checklist_item', ['created', 'updated', 'deleted'], rows.checklist_item),
])
export type Entry = z.infer<typeof Entry>

/** The first line. An export says `epoch` and `seq` too; a file made by hand may leave them out. */
export const Header = z.strictObject({
  flowtrack: z.literal(1),
  epoch: z.uuid().optional(),
  seq: seq.optional().meta({ description: 'The last line has this seq: a file that ends earlier is not whole' }),
  project: rows.project,
  users: z.array(z.strictObject({ id, email: prose(320), name: prose(200) })).max(MAX_PEOPLE),
})
export type Header = z.infer<typeof Header>
