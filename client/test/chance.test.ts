import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createClient, memoryStorage } from '../src/index.ts'
import { COLUMNS, FakeServer } from './fake-server.ts'
import { until } from './until.ts'

/** One step of a run: something of ours, of theirs, or of the network's. */
const step = fc.record({
  what: fc.constantFrom(
    'create',
    'move',
    'move',
    'edit',
    'edit',
    'assign',
    'comment',
    'remove',
    'theirs',
    'theirs',
    'lose',
    'cut',
    'away',
    'back',
    'rest',
  ),
  card: fc.nat(20),
  other: fc.nat(20),
  column: fc.constantFrom(...COLUMNS),
})

/** Runs the steps; then everything is answered. */
async function play(steps: { what: string; card: number; other: number; column: string }[]) {
  const server = new FakeServer()
  for (const title of 'ABCDE') server.theirs({ op: 'create', title })
  const { url, fetch, connect } = server
  const client = createClient({ url, fetch, connect, storage: memoryStorage() })
  await client.signIn({ email: 'ada', password: 'correct horse battery' })
  const board = client.openBoard({ project: server.project })
  await until('a live board', () => board.getSnapshot().status === 'live')
  const mine: string[] = []
  for (const [n, { what, card, other, column }] of steps.entries()) {
    const ids = [
      ...(board.getSnapshot().board?.columns ?? []).flatMap(({ tasks }) => tasks.map(({ id }) => id)),
      ...mine,
    ]
    const [id, neighbour] = [ids[card % ids.length] ?? '', ids[other % ids.length] ?? '']
    const real = [...server.tasks.values()].filter(({ deleted_at }) => !deleted_at)
    const theirs = real[card % real.length]?.id
    if (what === 'create') mine.push(board.create({ title: `New ${n}`, status: column }).task_id)
    if (what === 'move')
      board.move(id, {
        status: column,
        ...(neighbour !== id && (n % 2 ? { before: neighbour } : { after: neighbour })),
      })
    if (what === 'edit') board.edit(id, { title: `Mine ${n}` })
    if (what === 'assign') board.edit(id, { assignee_ids: [`${n % 3}`] })
    if (what === 'comment') board.comment(id, `Comment ${n}`)
    if (what === 'remove') board.remove(id)
    if (what === 'theirs' && theirs)
      server.theirs(
        n % 2 ? { op: 'update', id: theirs, title: `Theirs ${n}` } : { op: 'move', id: theirs, status: column },
      )
    if (what === 'lose') server.lose += 1
    if (what === 'cut') for (const socket of server.open) socket.end()
    if (what === 'away') server.online = false
    if (what === 'back') server.online = true
    if (what === 'rest') await new Promise((resolve) => setTimeout(resolve, 3))
  }
  server.online = true
  await until('every answer', () => board.getSnapshot().pending === 0)
  await until(
    'every event',
    () => board.getSnapshot().board?.seq === server.seq && board.getSnapshot().status === 'live',
  )
  const { board: shown, refusals } = board.getSnapshot()
  client.close()
  return { server, shown, refusals }
}

it('shows the same board as the server after any sequence of actions, lost responses and broken connections', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const { server, shown, refusals } = await play(steps)
      const part = (columns: { key: string; task_count: number; tasks: object[] }[]) =>
        columns.map(({ key, task_count, tasks }) => ({ key, task_count, tasks }))
      expect(part(shown?.columns ?? [])).toEqual(part(server.board().columns))
      const created = steps.filter(({ what }) => what === 'create').length
      expect(
        [...server.tasks.values()].filter(({ title }) => /^(New|Mine|Theirs)/.test(title)).length,
      ).toBeLessThanOrEqual(5 + created)
      const comments = steps.filter(({ what }) => what === 'comment').length
      const refused = refusals.filter(({ mutation }) => mutation.kind === 'comment').length
      expect(server.comments.length + refused).toBe(comments)
    }),
    { numRuns: Number(process.env.CHANCE_RUNS ?? 15), endOnFailure: true },
  )
})
