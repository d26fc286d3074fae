import type { Tool } from './tool.ts'
import { BULK_TOOLS } from './tools/bulk.ts'
import { CLAIM_TOOLS } from './tools/claims.ts'
import { COMMENT_CHECKLIST_TOOLS } from './tools/comments-checklists.ts'
import { LINK_TOOLS } from './tools/links.ts'
import { PROJECT_TOOLS } from './tools/projects.ts'
import { REPORT_TOOLS } from './tools/reports.ts'
import { SEARCH_ACTIVITY_TOOLS } from './tools/search-activity.ts'
import { TASK_TOOLS } from './tools/tasks.ts'

/** All tools, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [
  ...PROJECT_TOOLS,
  ...TASK_TOOLS,
  ...SEARCH_ACTIVITY_TOOLS,
  ...COMMENT_CHECKLIST_TOOLS,
  ...LINK_TOOLS,
  ...CLAIM_TOOLS,
  ...BULK_TOOLS,
  ...REPORT_TOOLS,
]
