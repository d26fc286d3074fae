import type { Tool } from './tool.ts'
import { BULK_TOOLS } from './tools/bulk.ts'
import { CLAIM_TOOLS } from './tools/claims.ts'
import { LINK_TOOLS } from './tools/links.ts'
import { NEWS_TOOLS } from './tools/news.ts'
import { PROJECT_TOOLS } from './tools/projects.ts'
import { REPORT_TOOLS } from './tools/reports.ts'
import { TALK_TOOLS } from './tools/talk.ts'
import { TASK_TOOLS } from './tools/tasks.ts'

/** All tools, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [
  ...PROJECT_TOOLS,
  ...TASK_TOOLS,
  ...NEWS_TOOLS,
  ...TALK_TOOLS,
  ...LINK_TOOLS,
  ...CLAIM_TOOLS,
  ...BULK_TOOLS,
  ...REPORT_TOOLS,
]
