import { afterEach, expect, it, vi } from 'vitest'
import { JoinedSends, type News } from './joined-sends.ts'

const EPOCH = 'a'
const sends = new JoinedSends(100, 2_000)
const news = (project_id: string, seq: number, epoch: string | null = EPOCH): News => ({
  project_id,
  head: seq,
  epoch,
  events: [{ seq } as News['events'][number]],
})
/** The seq of the head, then those of the events. */
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

it('joins news of one project that arrive during a send, in order, and sends other projects separately', async () => {
  const { sent, send, end } = line()
  const all = [1, 3, 2].map((seq) => sends.send('one', news('one', seq), 10, send))
  all.push(sends.send('two', news('two', 9), 10, send))
  expect(sent).toEqual([
    [1, 1],
    [9, 9],
  ])
  await end()
  expect(sent[2]).toEqual([3, 2, 3])
  all.push(sends.send('one', news('one', 4), 10, send))
  await end()
  await end()
  expect(sent.slice(3)).toEqual([[4, 4]])
  await end()
  await Promise.all(all)
  void sends.send('one', news('one', 5), 10, send)
  expect(sent.at(-1)).toEqual([5, 5])
  await end()
})

it('sends later news after a send that fails, and reports the failure to its caller', async () => {
  const { sent, send, end } = line()
  const refused = expect(sends.send('three', news('three', 1), 10, send)).rejects.toThrow('down')
  const second = sends.send('three', news('three', 2), 10, send)
  await end(new Error('down'))
  expect(sent).toEqual([
    [1, 1],
    [2, 2],
  ])
  await end()
  await Promise.all([refused, second])
})

it('stops waiting for an unfinished send after two seconds, and sends the news that waited for it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { sent, send } = line()
  void sends.send('four', news('four', 1), 10, send)
  void sends.send('four', news('four', 2), 10, send)
  vi.setSystemTime(Date.now() + 2_000)
  void sends.send('four', news('four', 3), 10, send)
  expect(sent).toEqual([
    [1, 1],
    [3, 2, 3],
  ])
})

/**
 * Sends one piece of news, and those of `then` while that call runs. Returns what is sent after it, as `seqs` gives it.
 */
async function afterFirst(hub: string, then: [News, size: number][]) {
  const { sent, send, end } = line()
  const all = [sends.send(hub, news(hub, 1, 'first'), 10, send)]
  all.push(...then.map(([one, size]) => sends.send(hub, one, size, send)))
  await end()
  await end()
  await Promise.all(all)
  return sent.slice(1)
}

it('leaves out events of another epoch than that of the newest head', async () => {
  const then: [News, number][] = [news('five', 7, 'before'), news('five', 8)].map((one) => [one, 10])
  expect(await afterFirst('five', then)).toEqual([[8, 8]])
})

it('sends as many events as fit, and the newest head', async () => {
  const then: [News, number][] = [
    [news('seven', 3), 50],
    [news('seven', 2), 50],
    [news('seven', 4), 1],
    [news('seven', 5), 101],
  ]
  expect(await afterFirst('seven', then)).toEqual([[5, 2, 3]])
})

it('sends only the head when the events of a change are too long', async () => {
  const { sent, send, end } = line()
  const done = sends.send('eight', news('eight', 7), 101, send)
  await end()
  await done
  expect(sent).toEqual([[7]])
})

it('sends the end of access at once, without waiting for other sends', async () => {
  const { sent, send, end } = line()
  const withAction = (seq: number, action: string): News => ({
    ...news('six', seq),
    epoch: undefined, // a relay does not know it
    events: [{ seq, action } as News['events'][number]],
  })
  const all = [
    news('six', 1),
    withAction(2, 'member.removed'),
    withAction(3, 'project.deleted'),
    news('six', 4, null),
    news('six', 5),
  ].map((one) => sends.send('six', one, 10, send))
  expect(sent).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
  ])
  for (let n = 0; n < 4; n++) await end()
  expect(sent.at(-1)).toEqual([5, 5])
  await end()
  await Promise.all(all)
})
