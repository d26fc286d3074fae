import pg from 'pg'
import type { ServerMessage } from '../../src/live/answers.ts'
import { api } from '../../test/faults/support/api.ts'
import type { Deployment } from '../../test/faults/support/deployment.ts'
import { newPerson, newProject } from '../../test/faults/support/people.ts'
import type { Site } from '../../test/faults/support/site.ts'
import { CountingSocket, percentile } from './socket.ts'

const WITHIN_MS = 60_000

/** Makes a board with a task and a journal of `count` changes of that task. `head` is the newest seq. */
async function makeBoardWithJournal({ databaseUrl, sites: [site] }: Deployment, count: number) {
  const person = await newPerson(site, 'Bench')
  const project_id = await newProject(site, person, 'Bench')
  const board = { token: person.token, project_id }
  const task = await api<object>(site, 'POST', '/tasks', board.token, { project_id, title: 'A task' })
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('begin')
  await client.query(
    `insert into activity_logs (project_id, seq, user_id, action, entity, entity_id, task_id, changes, data, request_id)
     select l.project_id, l.seq + i, l.user_id, 'task.updated', 'task', l.entity_id, l.task_id,
       jsonb_build_object('title', jsonb_build_array('Title ' || (i - 1), 'Title ' || i)), l.data, l.request_id
     from activity_logs l, generate_series(1, $2::int) i where l.project_id = $1 and l.seq = $3`,
    [project_id, count, task.seq],
  )
  await client.query('update projects set event_seq = event_seq + $2::int where id = $1', [project_id, count])
  await client.query('commit')
  await client.end()
  return { ...board, head: task.seq + count }
}

type Replayed = { ms: number; seqs: number[]; bytes: number; refused: boolean }

/** Opens a socket that has missed `missed` events. `ms`: until the last one came; `refused`: a snapshot is required. */
async function replay(
  site: Site,
  board: Awaited<ReturnType<typeof makeBoardWithJournal>>,
  missed: number,
): Promise<Replayed> {
  const seqs: number[] = []
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => reject(new Error(`No end of the replay within ${WITHIN_MS} ms`)), WITHIN_MS)
  const started = performance.now()
  const since = board.head - missed
  const listener = await CountingSocket.open(
    `${site.url}/ws/projects/${board.project_id}?since=${since}`,
    board.token,
    (text) => {
      const message: ServerMessage = JSON.parse(text)
      if (message.type === 'events') for (const { seq } of message.events) seqs.push(seq)
      if (message.type === 'replayed' || message.type === 'snapshot_required') resolve(message.type !== 'replayed')
    },
  )
  const refused = await promise
  clearTimeout(timer)
  listener.close()
  return { ms: listener.last_at - started, seqs, bytes: listener.bytes, refused }
}

/**
 * Measures replays of 1,000 and 10,000 events, and tries one of too many. Returns whether all were answered as they
 * should.
 */
export async function measureReplays(deployment: Deployment, rounds: number): Promise<boolean> {
  const site = deployment.sites[0]
  const board = await makeBoardWithJournal(deployment, 10_001)
  const table: Record<string, object> = {}
  let good = true
  for (const missed of [1_000, 10_000]) {
    const runs: Replayed[] = []
    for (let round = 0; round < rounds; round++) runs.push(await replay(site, board, missed))
    const isComplete = ({ seqs, refused }: Replayed) =>
      !refused && seqs.length === missed && seqs.every((seq, i) => seq === board.head - missed + 1 + i)
    good &&= runs.every(isComplete)
    const times = runs.map(({ ms }) => ms)
    const [p50, max] = [percentile(times, 0.5), Math.max(...times)]
    const per_second = Math.round((missed / p50) * 1000)
    const [{ bytes }] = runs as [Replayed]
    table[missed] = { p50_ms: Math.round(p50), max_ms: Math.round(max), per_second, kB: Math.round(bytes / 1024) }
  }
  const { refused, seqs } = await replay(site, board, 10_001)
  good &&= refused && seqs.length === 0
  console.log(`Replay of missed events, ${rounds} times each: ${good ? 'complete and in order' : 'INCOMPLETE'}`)
  console.table(table)
  console.log(`10,001 missed events: ${refused ? 'snapshot_required' : 'NOT REFUSED'}\n`)
  return good
}
