const ROW_VERBS = ['created', 'updated', 'deleted'] as const
const VERBS = {
  project: ROW_VERBS,
  member: ['added', 'updated', 'removed'],
  column: [...ROW_VERBS, 'reordered'],
  label: ROW_VERBS,
  task: [...ROW_VERBS, 'moved', 'restored', 'purged'],
  link: ['created', 'deleted'],
  comment: ROW_VERBS,
  checklist: ROW_VERBS,
  checklist_item: ROW_VERBS,
  webhook: ROW_VERBS,
} as const

/** The actions that the journal may have, by entity: drizzle/triggers.sql names them. */
export const ACTIONS = Object.entries(VERBS).flatMap(([entity, verbs]) => verbs.map((verb) => `${entity}.${verb}`))
