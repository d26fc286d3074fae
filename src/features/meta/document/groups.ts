import { WORDS } from '../../reports/reference.ts'

/** The groups of the reference, in the order in which a newcomer meets them. */
export const TAGS = {
  auth: 'Accounts, sessions and tokens',
  users: 'People, their accounts and invitations',
  keys: 'API keys, with which programs send requests',
  imports: 'Imports of boards from other products',
  projects: 'Projects: creating, changing, exporting',
  board: 'The whole board at one moment, and its progress',
  columns: 'The columns of a board',
  labels: 'Labels, which mark tasks',
  members: 'The members of a project and their roles',
  activity: "A project's journal: all its changes, in order",
  tasks: 'Tasks, and moving them',
  links: 'Links between tasks',
  comments: 'Comments on tasks',
  checklists: 'Checklists of a task, and their items',
  notifications: 'My notifications, and which of them I mute',
  reports: `Reports, as numbers and as pictures.\n\n${WORDS}`,
  webhooks: 'The events of a project, sent to other systems',
  mcp: 'The Model Context Protocol, for agents',
  ws: 'Live boards and inboxes, over WebSocket',
  meta: 'Health checks, and this document',
}

/** Parts of paths that belong to a group of another name. */
const GROUP_OF_PART: Record<string, string> = {
  invitations: 'users',
  progress: 'board',
  search: 'tasks',
  views: 'tasks',
  'checklist-items': 'checklists',
  '.well-known': 'mcp',
  'notification-preferences': 'notifications',
}

/** The group of a path: its last part that names one. All paths under /reports and /ws belong to these groups. */
export function tagOf(path: string): string {
  const groups = path.split('/').flatMap((part) => (part in TAGS ? part : (GROUP_OF_PART[part] ?? [])))
  const [first] = groups
  return (first === 'reports' || first === 'ws' ? first : groups.at(-1)) ?? 'meta'
}
