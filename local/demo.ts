import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { HAS_DATA, pathOf } from './demo/reports.ts'
import { tellStory } from './demo/weeks.ts'
import { keyOf, PEOPLE } from './demo/words.ts'
import { seededDice } from './faults.ts'

/*
 * `npm run demo`: signs up three people at a running FlowTrack and gives them a project with a history
 * of eight weeks: the past is imported, and today's changes are API requests. Then it reads every report,
 * and prints links to their pictures. Each run makes new accounts and a new project.
 *
 * npm run demo -- http://127.0.0.1:8787      the address of FlowTrack; this is the default
 * npm run demo -- --seed 7                   another history; 1 is the default
 */

function fail(error: unknown): never {
  const [line] = String(error instanceof Error ? error.message : error).split('\n') // Node adds advice to some
  console.error(`npm run demo: ${line}`)
  process.exit(1)
}

/** The address of FlowTrack, and the seed of the history. Ends with one line about an argument that is wrong. */
function readArguments(): { api: string; seed: number } {
  try {
    const options = { seed: { type: 'string', default: '1' } } as const
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const [api = 'http://127.0.0.1:8787', extra] = positionals
    if (extra !== undefined) throw new Error(`${extra} is one argument too many: give one address.`)
    if (!/^\d{1,9}$/.test(values.seed)) throw new Error(`--seed ${values.seed} is not a number from 0 to 999999999.`)
    return { api: api.replace(/\/+$/, ''), seed: Number(values.seed) }
  } catch (error) {
    return fail(error)
  }
}

const { api, seed } = readArguments()
const PASSWORD = 'correct horse battery'

type Person = { id: string; email: string; name: string; token: string }
type Project = { id: string; name: string; key: string; start_date: string }
type Answer = { status: number; body: { [field: string]: unknown } }

/** Sends one request. Throws when the answer is no success and its status is not `expected`. */
async function call(
  method: string,
  path: string,
  token = '',
  body?: object | string,
  expected?: number,
): Promise<Answer> {
  const type = typeof body === 'string' ? 'application/x-ndjson' : 'application/json'
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { 'Content-Type': type }) }
  const content = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${api}${path}`, { method, headers, ...(body && { body: content }) }).catch((cause) => {
    throw new Error(`${api} does not answer: start it with \`npm run dev\`, or name another address`, { cause })
  })
  const text = await response.text()
  if (!response.ok && response.status !== expected) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return { status: response.status, body: text ? JSON.parse(text) : {} }
}

async function signUp({ name, timezone }: (typeof PEOPLE)[number]): Promise<Person> {
  const email = `${name.split(' ')[0]?.toLowerCase()}.${randomUUID().slice(0, 8)}@example.com`
  const { body } = await call('POST', '/auth/register', '', { email, name, password: PASSWORD })
  const { user, tokens } = body as { user: { id: string }; tokens: { access: string } }
  await call('PATCH', '/users/me', tokens.access, { timezone })
  return { id: user.id, email, name, token: tokens.access }
}

/** Makes them members of one project: an import makes only people members who share a project with the importer. */
async function createSharedProject([lead, ...others]: Person[]): Promise<void> {
  const { body } = await call('POST', '/projects', lead?.token, { name: 'Getting started' })
  for (const { id } of others) await call('POST', `/projects/${body.id}/members`, lead?.token, { user_id: id })
}

/** Makes the history, and imports it under the first free key. `rows`: how many journal rows it has. */
async function importPast(people: Person[]): Promise<Project & { rows: number }> {
  const [lead] = people as [Person]
  const chronicle = tellStory(
    people.map(({ id }) => id),
    seededDice(seed),
    Date.now(),
  )
  const file = chronicle.toLines(people.map(({ id, email, name }) => ({ id, email, name })))
  for (let attempt = 0; ; attempt += 1) {
    const answer = await call('POST', `/projects/import?key=${keyOf(attempt)}`, lead.token, file, 409)
    if (answer.status === 409 && answer.body.code !== 'key_taken') throw new Error(JSON.stringify(answer.body))
    if (answer.status === 409) continue
    const project = answer.body.project as Project
    return { ...project, rows: Number(answer.body.imported) }
  }
}

/** Makes today's changes, by API requests as clients send them. */
async function playToday(project_id: string, [lead, second, third]: Person[]): Promise<void> {
  const tasksIn = async (status: string) => {
    const { body } = await call('GET', `/tasks?project_id=${project_id}&status=${status}&sort=position`, lead?.token)
    return body.items as { id: string }[]
  }
  const add = (who: Person | undefined, fields: object) => call('POST', '/tasks', who?.token, { project_id, ...fields })
  const { body: bug } = await add(second, {
    title: 'Fix the total on the last step',
    priority: 'urgent',
    status: 'todo',
  })
  await call('PATCH', `/tasks/${bug.id}`, lead?.token, { assignee_ids: [third?.id], estimate: 2 })
  await add(third, { title: 'Ask five customers what confused them', status: 'ideas', priority: 'medium' })
  const [finished] = await tasksIn('review')
  if (finished) await call('PATCH', `/tasks/${finished.id}/move?status=done`, lead?.token)
  const [begun] = await tasksIn('in_progress')
  if (begun) await call('PATCH', `/tasks/${begun.id}/move?status=review`, second?.token)
  const [next] = await tasksIn('todo')
  if (!next) return
  await call('PATCH', `/tasks/${next.id}`, third?.token, { assignee_ids: [third?.id] })
  await call('PATCH', `/tasks/${next.id}/move?status=in_progress`, third?.token, undefined, 409) // may be full
}

/** Reads a report, and returns a link to its picture that a browser can open. Throws when the report has no data. */
async function show(report: string, { id: project_id, start_date: from }: Project, { token }: Person): Promise<string> {
  const { body } = await call('GET', pathOf(report, project_id), token)
  if (!HAS_DATA[report]?.(body)) throw new Error(`The report ${report} returned no data: ${JSON.stringify(body)}`)
  const { body: link } = await call('POST', '/reports/links', token, { project_id, report, query: { from } })
  return new URL(String(link.url), api).href
}

async function run(): Promise<void> {
  const people: Person[] = []
  for (const person of PEOPLE) people.push(await signUp(person))
  await createSharedProject(people)
  const project = await importPast(people)
  console.log(`\n${project.name} (${project.key}): ${project.rows} journal rows of eight weeks imported.`)
  await playToday(project.id, people)
  const [lead] = people as [Person]
  const { body } = await call('GET', '/reports/overview', lead.token)
  if (!JSON.stringify(body).includes(project.id)) throw new Error('The overview does not show the project')
  console.log('Its reports, as pictures that a browser can open:\n')
  for (const report of Object.keys(HAS_DATA)) console.log(`${report.padEnd(16)}${await show(report, project, lead)}`)
  console.log(
    `\nSign in with the password "${PASSWORD}" as\n${people.map(({ name, email }) => `  ${name.padEnd(14)}${email}`).join('\n')}`,
  )
  console.log(`\nProject   ${project.id}\nReference ${api}/docs\n`)
}

await run().catch(fail)
