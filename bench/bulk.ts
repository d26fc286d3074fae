import { parseOptions } from '../local/parse-options.ts'
import { api } from '../test/faults/support/api.ts'
import { runInDeployment } from '../test/faults/support/deployment.ts'
import { newPerson, newProject } from '../test/faults/support/people.ts'
import type { Site } from '../test/faults/support/site.ts'
import { medianOf } from './median.ts'

/*
 * `npm run bench:bulk`: compares alternately 100 moves in one bulk and 100 single moves by 16 clients. Exits with 1
 * when the bulk takes more than 1/8 of the time, by the median of the turns. `--turns 10`
 */

const MOVES = 100
const CLIENTS = 16
const SHARE = 1 / 8
const COLUMNS = ['in_progress', 'review', 'todo']
const WARM_UP = 3

const { values } = parseOptions({ options: { turns: { type: 'string', default: '10' } } })

type Scene = { site: Site; token: string; project_id: string; ids: string[] }

async function moveSingly({ site, token, ids }: Scene, status: string): Promise<void> {
  const left = [...ids]
  const runClient = async () => {
    for (let id = left.pop(); id; id = left.pop()) {
      const { status: code, body } = await api(site, 'PATCH', `/tasks/${id}/move`, token, { status })
      if (code !== 200) throw new Error(`A move was answered with ${code}: ${JSON.stringify(body)}`)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, runClient))
}

async function moveAtOnce({ site, token, project_id, ids }: Scene, status: string): Promise<void> {
  const operations = ids.map((id) => ({ op: 'move', id, status }))
  const answer = await api(site, 'POST', '/tasks/bulk', token, { project_id, operations })
  if (answer.status !== 200)
    throw new Error(`The bulk was answered with ${answer.status}: ${JSON.stringify(answer.body)}`)
}

async function timeOf(work: Promise<void>): Promise<number> {
  const begun = performance.now()
  await work
  return performance.now() - begun
}

await runInDeployment({ regions: ['weur'] }, async ({ sites: [site] }) => {
  const person = await newPerson(site, 'Ada')
  const { token } = person
  const project_id = await newProject(site, person, 'Apollo')
  const operations = Array.from({ length: MOVES }, (_, n) => ({ op: 'create', title: `Task ${n}` }))
  const made = await api<{ results: { task: { id: string } }[] }>(site, 'POST', '/tasks/bulk', token, {
    project_id,
    operations,
  })
  const scene = { site, token, project_id, ids: made.body.results.map(({ task }) => task.id) }
  let turn = 0
  const nextColumn = () => COLUMNS[turn++ % COLUMNS.length] as string
  const times: { singly: number; at_once: number }[] = []
  for (let n = -WARM_UP; n < Number(values.turns); n += 1) {
    const time = {
      singly: await timeOf(moveSingly(scene, nextColumn())),
      at_once: await timeOf(moveAtOnce(scene, nextColumn())),
    }
    if (n >= 0) times.push(time)
  }
  const [single, bulk] = [medianOf(times.map((time) => time.singly)), medianOf(times.map((time) => time.at_once))]
  const share = medianOf(times.map((time) => time.at_once / time.singly))
  console.log(
    `${MOVES} moves: ${single.toFixed(0)} ms by ${CLIENTS} clients, ${bulk.toFixed(0)} ms as one bulk: 1/${(1 / share).toFixed(1)} of the time`,
  )
  return share <= SHARE
})
