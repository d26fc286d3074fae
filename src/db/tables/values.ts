/** The values of columns that allow only a few words. */

export const USER_ROLES = ['admin', 'member'] as const
export const KEY_SCOPES = ['read', 'write', 'admin'] as const
export const PROJECT_ROLES = ['viewer', 'commenter', 'contributor', 'editor', 'manager'] as const
export const PROJECT_STATUSES = ['planning', 'active', 'on_hold', 'completed', 'archived'] as const
export const COLUMN_CATEGORIES = ['backlog', 'todo', 'in_progress', 'review', 'done', 'cancelled'] as const
export const WIP_MODES = ['warn', 'block'] as const
export const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const
export const COLUMN_STATES = ['deletion', 'dates'] as const
export const ACT_KINDS = ['membership', 'assignments', 'deletion', 'dates', 'links', 'project'] as const
export const LINK_KINDS = ['blocks', 'blocked_by', 'relates', 'duplicates', 'duplicated_by'] as const
export const WEBHOOK_STATUSES = ['active', 'paused'] as const
export const PROJECT_QUOTAS = ['tasks', 'columns', 'labels', 'members', 'links', 'comments', 'items'] as const
export type ProjectQuota = (typeof PROJECT_QUOTAS)[number]
export const NOTIFICATION_KINDS = [
  'assigned',
  'unassigned',
  'moved',
  'project_invited',
  'role_changed',
  'due_soon',
  'overdue',
  'mentioned',
  'commented',
  'webhook_paused',
  'webhook_removed',
] as const
