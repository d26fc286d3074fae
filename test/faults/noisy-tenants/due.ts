import { setTimeout as wait } from 'node:timers/promises'
import type { Deployment } from '../support/deployment.ts'
import type { Team } from './team.ts'

/** What the jobs must do for a team: remind it of one task, and delete another that was in the trash long enough. */
export type Due = { team: Team; reminded: string; trashed: string }

export async function makeDue({ sql }: Deployment, team: Team): Promise<Due> {
  const due_date = new Date().toISOString().slice(0, 10)
  const { body: reminded } = await team.create('Due today', { due_date, assignee_ids: [team.person.id] })
  const { body: trashed } = await team.create('Long in the trash')
  // By SQL, as the API cannot put a task into the trash in the past.
  await sql.query(
    `with actor as materialized (select set_actor($1, 'noise'))
     update tasks set deleted_at = now() - interval '40 days' from actor where id = $2`,
    [team.person.id, trashed.id],
  )
  return { team, reminded: reminded.id, trashed: trashed.id }
}

/** What the jobs have not done yet, in words. */
async function findLate({ sql }: Deployment, due: Due[]): Promise<string[]> {
  const text = `select not exists (select 1 from notifications where user_id = $1 and task_id = $2 and kind = 'due_soon') as unreminded,
    exists (select 1 from tasks where id = $3) as untidied`
  const late: string[] = []
  for (const [n, { team, reminded, trashed }] of due.entries()) {
    const { rows } = await sql.query(text, [team.person.id, reminded, trashed])
    if (rows[0].unreminded) late.push(`team ${n} was not reminded`)
    if (rows[0].untidied) late.push(`the trash of team ${n} was not emptied`)
  }
  return late
}

/**
 * Runs the jobs twice, as the cron trigger does, each after a pause. `runs`: the ms of each; `waited`: how many things
 * were not done after the first; `late`: what was not done after the second, in words.
 */
export async function runCron(deployment: Deployment, due: Due[], pause_ms: number) {
  const [site] = deployment.sites
  const runs: number[] = []
  const late: string[][] = []
  for (let run = 0; run < 2; run++) {
    await wait(pause_ms)
    const began = Date.now()
    if (!(await site.order({ cron: true })))
      throw new Error('The jobs failed, or the region is not running: REGION_LOG=1 shows what it logs')
    runs.push(Date.now() - began)
    late.push(await findLate(deployment, due))
  }
  const [first = [], second = []] = late
  return { runs, waited: first.length, late: second }
}
