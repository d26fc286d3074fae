/**
 * Where a project's sockets live. One hub serves a project in each region; there is one region
 * so far, and every name is made here.
 */
export type Region = 'global'

export const HOME: Region = 'global'

/** The Durable Object name of a project's hub. */
export const hubName = (project_id: string, region: Region) => `${project_id}@${region}`
