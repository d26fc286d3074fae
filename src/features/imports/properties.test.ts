import fc from 'fast-check'
import { expect, it } from 'vitest'
import { read } from '../../../test/support/import-plans.ts'

/* Property-based tests: random boards are written in Trello's format of exports, and read again. */

type Move = { list: number; hours: number }
type MadeCard = {
  name: string
  list: number
  closed: boolean
  pos: number
  comments: string[]
  items: boolean[]
  moves: Move[]
}
type Board = { lists: { closed: boolean; pos: number }[]; cards: MadeCard[] }

const START = Date.parse('2024-01-01T00:00:00Z')
const toHex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
const idOf = (n: number) => `${toHex(START / 1000 + n * 3600, 8)}${toHex(n, 16)}`
const madeAt = (n: number) => START + n * 3_600_000
const word = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((text) => `x${text.trim()}`)

const boards: fc.Arbitrary<Board> = fc.integer({ min: 1, max: 6 }).chain((lists) =>
  fc.record({
    lists: fc
      .uniqueArray(fc.double({ min: -1e6, max: 2 ** 47, noNaN: true }), { minLength: lists, maxLength: lists })
      .map((positions) => positions.map((pos, n) => ({ pos, closed: n > 0 && n % 3 === 0 }))),
    cards: fc.array(
      fc.record({
        name: word,
        list: fc.nat({ max: lists - 1 }),
        closed: fc.boolean(),
        pos: fc.double({ min: -1000, max: 2 ** 47, noNaN: true }),
        comments: fc.array(word, { maxLength: 3 }),
        items: fc.array(fc.boolean(), { maxLength: 4 }),
        moves: fc.array(fc.record({ list: fc.nat({ max: lists - 1 }), hours: fc.integer({ min: 1, max: 500 }) }), {
          maxLength: 5,
        }),
      }),
      { maxLength: 20 },
    ),
  }),
)

/** Writes a board as an export of Trello. Moves end in the card's list. */
function toTrelloFile({ lists, cards }: Board) {
  const listOf = (n: number) => ({ id: `list${n}` })
  const actions = cards.flatMap(({ list, moves, comments }, n) => {
    const card = { id: idOf(n) }
    const path = [...moves.toSorted((a, b) => a.hours - b.hours), { list, hours: 501 }]
    const steps = path.map((move, k) => ({
      type: 'updateCard',
      date: new Date(madeAt(n) + move.hours * 3_600_000).toISOString(),
      data: { card, listBefore: listOf(path[k - 1]?.list ?? 0), listAfter: listOf(move.list), old: {} },
    }))
    const said = comments.map((text, k) => ({
      type: 'commentCard',
      date: new Date(madeAt(n) + (k + 1) * 60_000).toISOString(),
      idMemberCreator: 'm',
      data: { card, text },
    }))
    return [
      { type: 'createCard', date: new Date(madeAt(n)).toISOString(), data: { card, list: listOf(0) } },
      ...steps,
      ...said,
    ].map((action, k) => ({ id: `a${n}-${k}`, ...action }))
  })
  return {
    name: 'Made up',
    lists: lists.map(({ pos, closed }, n) => ({ id: `list${n}`, name: `List ${n}`, pos, closed })),
    cards: cards.map(({ name, list, closed, pos, comments }, n) => ({
      id: idOf(n),
      idList: `list${list}`,
      name,
      desc: '',
      closed,
      pos,
      dateLastActivity: new Date(madeAt(n) + 501 * 3_600_000).toISOString(),
      badges: { comments: comments.length },
    })),
    actions,
    checklists: cards.flatMap(({ items }, n) =>
      items.length === 0
        ? []
        : [
            {
              id: `k${n}`,
              idCard: idOf(n),
              name: 'List',
              pos: 1,
              checkItems: items.map((done, k) => ({
                name: `Item ${k}`,
                pos: k,
                state: done ? 'complete' : 'incomplete',
              })),
            },
          ],
    ),
    members: [{ id: 'm', fullName: 'Ada', username: 'ada' }],
  }
}

const summaryOf = async (file: object) => {
  const { plan, warnings } = await read(JSON.stringify(file))
  return {
    columns: plan.columns,
    tasks: plan.tasks.map(({ card, ...task }) => ({ ...task, id: card.id })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    warnings,
  }
}

it('keeps the columns, order, dates, comments and checklist items of any board', async () => {
  await fc.assert(
    fc.asyncProperty(boards, async (board) => {
      const { columns, tasks, warnings } = await summaryOf(toTrelloFile(board))
      const open = board.lists
        .flatMap(({ closed, pos }, n) => (closed ? [] : [{ n, pos }]))
        .toSorted((a, b) => a.pos - b.pos)
      expect(columns.map(({ name }) => name)).toEqual(open.map(({ n }) => `List ${n}`))
      const live = board.cards
        .map((card, n) => ({ ...card, n }))
        .filter(({ list, closed }) => !closed && !board.lists[list]?.closed)
      for (const [at, { n }] of open.entries()) {
        const here = live.filter(({ list }) => list === n).toSorted((a, b) => a.pos - b.pos || a.n - b.n)
        const there = tasks
          .filter(({ status, archived_at }) => status === columns[at]?.key && archived_at === null)
          .toSorted((a, b) => Number(a.position) - Number(b.position))
        expect(there.map(({ id }) => id)).toEqual(here.map((card) => idOf(card.n)))
      }
      for (const [n, { comments, items }] of board.cards.entries()) {
        const task = tasks.find(({ id }) => id === idOf(n))
        expect(task?.created_at).toBe(new Date(madeAt(n)).toISOString())
        expect(task?.comments).toHaveLength(comments.length)
        expect(task?.checklists.flatMap((list) => list.items.map(({ done }) => done)) ?? []).toEqual(items)
      }
      expect(Object.keys(warnings).filter((code) => code !== 'columns_archived')).toEqual([])
      expect(tasks.filter(({ archived_at }) => archived_at === null)).toHaveLength(live.length)
    }),
    { numRuns: 25 },
  )
})

it('reads the moves of a card from its actions', async () => {
  await fc.assert(
    fc.asyncProperty(boards, async ({ lists, cards }) => {
      const board = { lists: lists.map(({ pos }) => ({ pos, closed: false })), cards }
      const { columns, tasks } = await summaryOf(toTrelloFile(board))
      for (const [n, { list, moves }] of cards.entries()) {
        const task = tasks.find(({ id }) => id === idOf(n))
        const path = [...moves.toSorted((a, b) => a.hours - b.hours), { list, hours: 501 }]
        const naive = path
          .filter((move, k) => move.list !== (path[k - 1]?.list ?? 0))
          .map((move) => [`List ${move.list}`, madeAt(n) + move.hours * 3_600_000])
        const nameOf = (key: string) => columns.find((column) => column.key === key)?.name
        expect(nameOf(task?.first_status ?? '')).toBe('List 0')
        expect(task?.moves.map(({ at, status }) => [nameOf(status), Date.parse(at)])).toEqual(naive)
      }
    }),
    { numRuns: 25 },
  )
})

it('reads the same board whatever the order of the arrays in the file', async () => {
  const shuffle = (file: ReturnType<typeof toTrelloFile>, seed: number) => {
    const order = <T>(all: T[]): T[] =>
      fc.sample(fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }), { seed, numRuns: 1 })[0] ??
      []
    return Object.fromEntries(
      Object.entries(file)
        .toReversed()
        .map(([name, value]) => [name, Array.isArray(value) ? order<unknown>(value) : value]),
    )
  }
  await fc.assert(
    fc.asyncProperty(boards, fc.integer(), async (board, seed) => {
      const file = toTrelloFile(board)
      const { warnings: _, ...plan } = await summaryOf(file)
      const { warnings: __, ...again } = await summaryOf(shuffle(file, seed))
      expect(again).toEqual(plan)
    }),
    { numRuns: 25 },
  )
})
