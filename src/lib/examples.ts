import { exampleInputs, exampleIds as ids } from './request-examples.ts'

/** The examples of the API reference. All are parts of one small board. */

const at = '2026-11-23T09:30:00.000Z'
const stamps = { created_at: at, updated_at: at }

const user = {
  id: ids.user,
  email: 'ada@example.com',
  name: 'Ada',
  role: 'member',
  is_active: true,
  avatar_url: null,
  timezone: 'Europe/London',
  ...stamps,
  seq: 1,
}

const project = {
  id: ids.project,
  key: 'APOLLO',
  name: 'Apollo',
  description: 'To the Moon and back',
  status: 'active',
  created_by: ids.user,
  start_date: '2026-11-02',
  due_date: '2026-12-18',
  ...stamps,
  seq: 1,
}

const column = {
  id: ids.column,
  project_id: ids.project,
  key: 'in_progress',
  name: 'In progress',
  category: 'in_progress',
  position: '2048',
  color: '#2f6fdd',
  wip_limit: 5,
  wip_mode: 'block',
  pending: null,
  ...stamps,
  seq: 4,
}

const label = {
  id: ids.label,
  project_id: ids.project,
  name: 'Bug',
  color: '#d93025',
  ...stamps,
  seq: 5,
}

const task = {
  id: ids.task,
  project_id: ids.project,
  number: 'APOLLO-12',
  title: 'Say hello',
  description: 'In **every** language',
  status: 'in_progress',
  position: '1024',
  priority: 'high',
  assignee_ids: [ids.user],
  label_ids: [ids.label],
  parent_id: null,
  estimate: 3,
  start_date: null,
  due_date: '2026-12-01',
  started_at: at,
  completed_at: null,
  comment_count: 2,
  checklist_done: 0,
  checklist_total: 1,
  created_by: ids.user,
  deleted_at: null,
  archived_at: null,
  is_blocked: false,
  ...stamps,
  seq: 42,
}

const task_link = {
  id: ids.task_link,
  project_id: ids.project,
  task_id: ids.task,
  kind: 'blocked_by',
  other_task_id: ids.other_task,
  ...stamps,
  seq: 43,
  task: {
    id: ids.other_task,
    project_id: ids.project,
    number: 'APOLLO-7',
    title: 'Learn to speak',
    status: 'in_progress',
    completed_at: null,
  },
}

const member = {
  id: ids.member,
  project_id: ids.project,
  user_id: ids.user,
  role: 'manager',
  ...stamps,
  seq: 2,
  user: { id: ids.user, name: user.name, email: user.email, avatar_url: null },
}

const comment = {
  id: ids.comment,
  project_id: ids.project,
  task_id: ids.task,
  user_id: ids.user,
  body: exampleInputs.comment_body,
  edited_at: null,
  ...stamps,
  seq: 43,
  user: { id: ids.user, name: user.name, avatar_url: null },
}

const checklist = {
  id: ids.checklist,
  project_id: ids.project,
  task_id: ids.task,
  title: exampleInputs.checklist_title,
  position: '1024',
  ...stamps,
  seq: 44,
}

const checklist_item = {
  id: ids.checklist_item,
  project_id: ids.project,
  task_id: ids.task,
  checklist_id: ids.checklist,
  text: exampleInputs.item_text,
  done: false,
  assignee_id: ids.user,
  due_date: '2026-11-30',
  position: '1024',
  ...stamps,
  seq: 45,
}

const event = {
  project_id: ids.project,
  seq: 42,
  user_id: ids.user,
  action: 'task.moved',
  entity: 'task',
  entity_id: ids.task,
  task_id: ids.task,
  changes: { status: ['todo', 'in_progress'] },
  data: { ...stamps, id: ids.task, number: task.number, title: task.title, status: task.status, seq: 42 },
  request_id: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f08',
  created_at: at,
  api_key: null,
}

const tokens = {
  access: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.….…',
  refresh: exampleInputs.refresh,
  token_type: 'Bearer',
  expires_in: 900,
}

const api_key = {
  id: ids.api_key,
  name: 'Nightly report',
  prefix: 'ft_AZOfXnxaez6PTi0cC5qPCA',
  scopes: ['read'],
  project_ids: null,
  expires_at: '2027-11-23T00:00:00.000Z',
  last_used_at: null,
  revoked_at: null,
  created_at: at,
}

const session = {
  id: ids.session,
  user_agent: 'Mozilla/5.0',
  ip: '203.0.113.7',
  created_at: at,
  last_used_at: at,
  expires_at: '2026-12-23T09:30:00.000Z',
  revoked_at: null,
  revoke_reason: null,
  current: true,
}

const recovery_link = {
  token: exampleInputs.recovery_token,
  expires_at: '2026-11-23T10:00:00.000Z',
}

const recovery = {
  created_by: ids.user,
  created_at: at,
  used_at: '2026-11-23T09:41:00.000Z',
  user_agent: 'Mozilla/5.0',
  ip: '203.0.113.7',
}

const notification = {
  id: ids.notification,
  user_id: ids.user,
  seq: 7,
  kind: 'assigned',
  project_id: ids.project,
  task_id: ids.task,
  actor_id: ids.user,
  event_seq: 42,
  data: { number: task.number, title: task.title, project_key: project.key, project_name: project.name },
  read_at: null,
  created_at: at,
  actor: { id: ids.user, name: user.name, avatar_url: null },
}

const progress = {
  total: 12,
  done: 5,
  cancelled: 2,
  percent: 50,
  by_status: { todo: 3, in_progress: 2, done: 5, cancelled: 2 },
  overdue: 1,
}

const link = {
  id: ids.link,
  user_id: ids.user,
  ...exampleInputs.report_link,
  url: `https://flowtrack.example.com/reports/pictures/${ids.link}.${ids.user}.dRvKbE0Zx2GJm5pQ7s1yHA/${ids.project}/burndown.svg?interval=week&tz=Europe%2FLondon`,
  expires_at: '2026-12-23T09:30:00.000Z',
  created_at: at,
}

const view = {
  id: ids.view,
  project_id: ids.project,
  created_by: ids.user,
  ...exampleInputs.view,
  shared: true,
  ...stamps,
}

const watcher = {
  task_id: ids.task,
  user_id: ids.user,
  project_id: ids.project,
  created_at: at,
  user: { id: ids.user, name: user.name, avatar_url: null },
}

const preferences = { muted_kinds: exampleInputs.muted_kinds, muted_project_ids: [ids.project] }

const inbox = { unread_count: 1, epoch: ids.epoch, seq: 7 }

const invitation = {
  id: ids.link,
  email: 'grace.hopper@example.com',
  role: 'member',
  created_by: ids.user,
  created_at: at,
  expires_at: '2026-11-30T09:00:00.000Z',
  used_at: null,
  revoked_at: null,
}

const claim = { token: ids.claim, from: 'todo', lease_seconds: 300, expires_at: '2026-11-23T09:35:00.000Z' }

const webhook = {
  id: ids.webhook,
  project_id: ids.project,
  url: exampleInputs.webhook_url,
  description: '',
  actions: ['task.moved'],
  status: 'active',
  rotated_at: null,
  created_at: at,
  updated_at: at,
  seq: 42,
  delivered_seq: 42,
  failing_since: null,
  next_attempt_at: null,
  last_error: null,
}

const delivery = {
  id: ids.delivery,
  event_seq: 43,
  sent_at: at,
  status: 200,
  ms: 80,
  error: null,
  response: null,
}

export const examples = {
  invitation,
  invitation_token: 'c_05G7z0Hcjy80LIpBfJ-EbAZe16dqm6neL0OJZPN1g',
  ids,
  api_key,
  key: `${api_key.prefix}AZOfXnxaez6PTi0cC5qPAQ0kq9Zbcz4Wl4cXoF7v2NqLrT8sYhJmE1dUgPaKi3xRw`,
  user,
  found: { id: user.id, name: user.name, avatar_url: user.avatar_url },
  project,
  column,
  label,
  task,
  member,
  comment,
  checklist,
  checklist_item,
  event,
  tokens,
  session,
  recovery,
  recovery_link,
  task_link,
  notification,
  progress,
  inbox,
  watcher,
  preferences,
  link,
  view,
  claim,
  webhook,
  webhook_secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
  delivery,
}
