import { afterEach, expect, it, vi } from 'vitest'
import { announceTogether, merged, type News } from './announce-together.ts'

const EPOCH = 'a'
const turns = new Map()
const news = (project_id: string, seq: number, epoch: string | null = EPOCH): News => ({
  project_id,
  head: seq,
  epoch,
  events: [{ seq } as News['events'][number]],
})
const seqs = ({ head, events }: News) => [head, ...events.map(({ seq }) => seq)]

/** Sends that end when they are told to. */
function line() {
  const sent: number[][] = []
  const ends: ((error?: Error) => void)[] = []
  const send = (one: News) => {
    sent.push(seqs(one))
    return new Promise<void>((done, failed) => ends.push((error) => (error ? failed(error) : done())))
  }
  const end = async (error?: Error) => {
    ends.shift()?.(error)
    await new Promise((turned) => setImmediate(turned))
  }
  return { sent, send, end }
}

afterEach(() => vi.useRealTimers())

it('sends what comes during an announcement together, in order, and nothing of another project with it', async () => {
  const { sent, send, end } = line()
  const all = [1, 3, 2].map((seq) => announceTogether(turns, 'one', news('one', seq), send))
  all.push(announceTogether(turns, 'two', news('two', 9), send))
  expect(sent).toEqual([
    [1, 1],
    [9, 9],
  ])
  await end()
  expect(sent[2]).toEqual([3, 2, 3])
  all.push(announceTogether(turns, 'one', news('one', 4), send))
  await end()
  await end()
  expect(sent.slice(3)).toEqual([[4, 4]])
  await end()
  await Promise.all(all)
  void announceTogether(turns, 'one', news('one', 5), send)
  expect(sent.at(-1)).toEqual([5, 5])
  await end()
})

it('sends the others although one could not be sent, and says so', async () => {
  const { sent, send, end } = line()
  const refused = expect(announceTogether(turns, 'three', news('three', 1), send)).rejects.toThrow('down')
  const second = announceTogether(turns, 'three', news('three', 2), send)
  await end(new Error('down'))
  expect(sent).toEqual([
    [1, 1],
    [2, 2],
  ])
  await end()
  await Promise.all([refused, second])
})

it('waits no longer than two seconds for a request that was ended in the middle', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { sent, send } = line()
  void announceTogether(turns, 'four', news('four', 1), send)
  void announceTogether(turns, 'four', news('four', 2), send)
  vi.setSystemTime(Date.now() + 2_000)
  void announceTogether(turns, 'four', news('four', 3), send)
  expect(sent).toEqual([
    [1, 1],
    [3, 3],
  ])
})

it('carries no event of another epoch than that of the newest head, but all before the end of a project', () => {
  expect(seqs(merged([news('five', 7, 'before'), news('five', 8)]))).toEqual([8, 8])
  expect(seqs(merged([news('five', 7), news('five', 8, null)]))).toEqual([8, 7, 8])
})

it('lets what ends access wait for nobody', async () => {
  const { sent, send, end } = line()
  const removal = { ...news('six', 2), events: [{ seq: 2, action: 'member.removed' } as News['events'][number]] }
  const all = [news('six', 1), removal, news('six', 3, null), news('six', 4)].map((one) =>
    announceTogether(turns, 'six', one, send),
  )
  expect(sent).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ])
  for (let n = 0; n < 3; n++) await end()
  expect(sent.at(-1)).toEqual([4, 4])
  await end()
  await Promise.all(all)
})
