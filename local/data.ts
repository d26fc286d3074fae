import { migrate } from '../drizzle/migrate.ts'
import { FULL, makeData, SMALL } from '../local/data/make-data.ts'
import { parseOptions } from './parse-options.ts'

/*
 * `npm run bench:data`: fills the database of DATABASE_URL with a large team's work: a project with
 * 10,000 tasks and 1,000,000 journal rows, 1,000 projects, 10,000 people. It takes one or two minutes;
 * the same seed and day give the same rows. It needs a superuser, as it switches the triggers off.
 *
 * --seed N (1)   --until YYYY-MM-DD (today)   --small   --tasks N --events N --projects N --users N
 */

const { values } = parseOptions({
  options: {
    seed: { type: 'string', default: '1' },
    until: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    small: { type: 'boolean', default: false },
    tasks: { type: 'string' },
    events: { type: 'string' },
    projects: { type: 'string' },
    users: { type: 'string' },
  },
})

const url = process.env.DATABASE_URL
if (!url) {
  console.error('DATABASE_URL is not set: give the postgres:// URL of the database to fill.')
  process.exit(1)
}
const base = values.small ? SMALL : FULL
const size = {
  seed: Number(values.seed),
  until: Date.parse(values.until),
  tasks: Number(values.tasks ?? base.tasks),
  events: Number(values.events ?? base.events),
  projects: Number(values.projects ?? base.projects),
  users: Number(values.users ?? base.users),
}
const started = Date.now()
await migrate(url)
const made = await makeData(url, size, console.log)
const seconds = ((Date.now() - started) / 1000).toFixed(0)
console.log(made ? `Done in ${seconds} s.` : 'The data is there already. For other data, use an empty database.')
