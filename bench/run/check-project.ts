import type pg from 'pg'

/** What is wrong with a project after many moves, in words: gaps in the journal, or cards with the same rank. */
export async function checkProject(client: pg.Client, project: string | undefined): Promise<string[]> {
  const { rows } = await client.query<{ what: string; wrong: number }>(
    `select 'numbers are missing in the journal' as what, (p.event_seq - count(*))::int as wrong
     from projects p join activity_logs a on a.project_id = p.id where p.id = $1 group by p.id
     union all select 'cards share a place', count(*)::int from (select 1 from tasks where project_id = $1 and deleted_at is null
       group by status, position having count(*) > 1) twins`,
    [project],
  )
  return rows.filter(({ wrong }) => Number(wrong) !== 0).map(({ what, wrong }) => `${wrong} ${what}`)
}
