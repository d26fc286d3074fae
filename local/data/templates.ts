import type pg from 'pg'

export type Row = Record<string, unknown>

/** A new row with all columns, as the database completes it, and `data`, its form in the journal. */
export type Template = { row: Row; data: Row }
export type Templates = Record<'users' | 'projects' | 'project_members' | 'board_columns' | 'tasks', Template>

const ID = '00000000-0000-7000-8000-000000000001'

/** One small project, written with all triggers on. */
const SAMPLE = [
  "select set_actor(null, 'bench:data')",
  `insert into users (id, email, name) values ('${ID}', 'template@bench.example', 'Template')`,
  `insert into projects (id, key, name, created_by) values ('${ID}', 'TEMPLATE', 'Template', '${ID}')`,
  `insert into project_members (id, project_id, user_id, role) values ('${ID}', '${ID}', '${ID}', 'manager')`,
  `insert into board_columns (id, project_id, key, name, category, position) values ('${ID}', '${ID}', 'todo', 'To do', 'todo', 1024)`,
  `insert into tasks (id, project_id, number, title, status, position, created_by) values ('${ID}', '${ID}', '', 'Template', 'todo', null, '${ID}')`,
]

/** Reads sample rows as the triggers complete them, in a transaction that is rolled back. */
export async function readTemplates(client: pg.Client): Promise<Templates> {
  const one = async (table: keyof Templates): Promise<Template> => {
    const { rows } = await client.query(
      `select to_jsonb(t) as row, journal_row(to_jsonb(t)) as data from ${table} t where id = $1`,
      [ID],
    )
    return rows[0]
  }
  await client.query('begin')
  try {
    for (const statement of SAMPLE) await client.query(statement)
    return {
      users: await one('users'),
      projects: await one('projects'),
      project_members: await one('project_members'),
      board_columns: await one('board_columns'),
      tasks: await one('tasks'),
    }
  } finally {
    await client.query('rollback')
  }
}
