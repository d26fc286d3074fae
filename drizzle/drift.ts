import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import type pg from 'pg'

/*
 * Finds differences between what must agree: the tables of src/db/schema.ts, the snapshot that drizzle-kit compares
 * them with, the database that the migrations make, and the present text of functions and triggers in functions/ and
 * triggers.sql. Each function returns one line per difference.
 */

type Schema = Record<string, unknown>
type Definitions = Map<string, string>

/**
 * One line for each name that only one side has, or that the two sides define differently. The last two texts name the
 * sides.
 */
function findDifferences(
  kind: string,
  wanted: Definitions,
  found: Definitions,
  [here, there]: [string, string],
): string[] {
  const names = [...new Set([...wanted.keys(), ...found.keys()])].toSorted()
  return names.flatMap((name) => {
    const [one, other] = [wanted.get(name), found.get(name)]
    if (one === other) return []
    if (other === undefined) return [`${kind} ${name}: only ${here} has it`]
    if (one === undefined) return [`${kind} ${name}: only ${there} has it`]
    return [`${kind} ${name}: ${here} says «${one}», ${there} says «${other}»`]
  })
}

/**
 * Whether the newest snapshot is that of the schema, else one line: drizzle-kit leaves an old one if it could not ask
 * its questions in a terminal.
 */
export function findSnapshotDrift(schema: Schema, metaFolder: string): string[] {
  const newest =
    readdirSync(metaFolder)
      .filter((name) => name.endsWith('_snapshot.json'))
      .toSorted()
      .at(-1) ?? ''
  const { id: _id, prevId: _prevId, ...kept } = JSON.parse(readFileSync(join(metaFolder, newest), 'utf8'))
  const { id: _newId, prevId: _newPrevId, ...wanted } = JSON.parse(JSON.stringify(generateDrizzleJson(schema)))
  if (isDeepStrictEqual(kept, wanted)) return []
  return [
    `meta/${newest} is not the snapshot of src/db/schema.ts: run \`npm run db:generate\` in a terminal and answer its questions`,
  ]
}

const CATALOG = {
  column: `select relname || '.' || attname as name, format_type(atttypid, atttypmod)
      || case when attnotnull then ' not null' else '' end || case when attgenerated <> '' then ' generated' else '' end
      || coalesce(' default ' || pg_get_expr(adbin, adrelid), '') as text
    from pg_attribute join pg_class on pg_class.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped`,
  constraint: `select conrelid::regclass || '.' || conname as name, pg_get_constraintdef(oid) as text from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'p', 'u', 'x')`,
  index: `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) || case when indisvalid then '' else ' INVALID' end as text
    from pg_index join pg_class on pg_class.oid = indexrelid where relnamespace = 'public'::regnamespace`,
} as const

async function readDefinitions(client: pg.Client, query: string): Promise<Definitions> {
  const { rows } = await client.query<{ name: string; text: string }>(query)
  return new Map(rows.map(({ name, text }) => [name, text]))
}

async function readCatalog(client: pg.Client): Promise<Record<string, Definitions>> {
  const found: Record<string, Definitions> = {}
  for (const [kind, query] of Object.entries(CATALOG)) found[kind] = await readDefinitions(client, query)
  return found
}

/** Runs `work` and undoes whatever it did to the database. */
async function runAndUndo<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    return await work()
  } finally {
    await client.query('rollback')
  }
}

/**
 * Compares the columns, constraints and indexes of the migrated database with those that the schema makes in their
 * place.
 */
export async function findTableDrift(client: pg.Client, schema: Schema): Promise<string[]> {
  const found = await readCatalog(client)
  const statements = await generateMigration(generateDrizzleJson({}), generateDrizzleJson(schema))
  const wanted = await runAndUndo(client, async () => {
    const { rows } = await client.query<{ name: string }>(`select relname::regclass::text as name from pg_class
      where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`)
    for (const { name } of rows) await client.query(`drop table if exists ${name} cascade`)
    for (const statement of statements) await client.query(statement)
    return readCatalog(client)
  })
  return Object.keys(CATALOG).flatMap((kind) =>
    findDifferences(kind, wanted[kind] ?? new Map(), found[kind] ?? new Map(), ['src/db/schema.ts', 'the migrations']),
  )
}

const FUNCTIONS = `select proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name, pg_get_functiondef(p.oid) as text
  from pg_proc p where pronamespace = 'public'::regnamespace
    and not exists (select 1 from pg_depend where objid = p.oid and deptype = 'e')`

const TRIGGERS = `select tgrelid::regclass || '.' || tgname as name, pg_get_triggerdef(oid) || case tgenabled when 'O' then '' else ' ENABLED ' || tgenabled::text end as text
  from pg_trigger where not tgisinternal`

/**
 * Compares the functions and triggers of the migrated database with those that drizzle/functions and triggers.sql make.
 */
export async function findTextDrift(client: pg.Client, folder: string): Promise<string[]> {
  const found = { function: await readDefinitions(client, FUNCTIONS), trigger: await readDefinitions(client, TRIGGERS) }
  const files = readdirSync(join(folder, 'functions')).map((name) => join(folder, 'functions', name))
  const wanted = await runAndUndo(client, async () => {
    for (const [name] of found.trigger) {
      const [table, trigger] = name.split('.')
      await client.query(`drop trigger ${trigger} on ${table}`)
    }
    await client.query('set local check_function_bodies = off')
    for (const name of found.function.keys()) await client.query(`drop function if exists ${name} cascade`)
    for (const file of [...files.toSorted(), join(folder, 'triggers.sql')])
      await client.query(readFileSync(file, 'utf8'))
    return { function: await readDefinitions(client, FUNCTIONS), trigger: await readDefinitions(client, TRIGGERS) }
  })
  return (['function', 'trigger'] as const).flatMap((kind) =>
    findDifferences(kind, wanted[kind], found[kind], [
      kind === 'function' ? 'drizzle/functions' : 'drizzle/triggers.sql',
      'the migrations',
    ]),
  )
}
