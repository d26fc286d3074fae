/**
 * The tables, by subject. A row has one shape everywhere (I9): property, column, JSON field and event payload
 * carry the same snake_case name. The triggers that journal, rank and guard these tables are in
 * drizzle/triggers.sql, and their functions in drizzle/functions.
 */
export * from './tables/accounts.ts'
export * from './tables/jobs.ts'
export * from './tables/journal.ts'
export * from './tables/notifications.ts'
export * from './tables/projects.ts'
export * from './tables/reports.ts'
export * from './tables/tasks.ts'
export * from './tables/values.ts'
export * from './tables/webhooks.ts'
