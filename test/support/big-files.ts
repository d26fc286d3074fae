/** Export files of other products in real sizes, the same each time. They are made piece by piece, to save memory. */

const BEGIN = Date.parse('2024-01-02T08:00:00Z')
const HOUR = 3_600_000
const LISTS = ['Ideas', 'Doing', 'Done']
const idOf = (at: number, n: number) => `${(at / 1000).toString(16)}${n.toString(16).padStart(16, '0')}`
const textOf = (length: number) =>
  'The pump of the well needs a new seal. '.repeat(Math.ceil(length / 39)).slice(0, length)

/**
 * Characters per card of its description, and of fields that no import reads: cover previews in Trello, work logs in
 * Jira.
 */
type Weights = { description?: number; unread?: number }

/** A JSON export of a Trello board: each card has a description, a comment and two moves. */
export function* trelloFile(cards: number, { description = 800, unread = 0 }: Weights = {}): Generator<string> {
  const made = (n: number) => BEGIN + n * 60_000
  const card = (n: number) => ({ id: idOf(made(n), n) })
  yield `{"name":"Waterworks","lists":${JSON.stringify(LISTS.map((name, pos) => ({ id: `list${pos}`, name, pos: pos + 1 })))},"cards":[`
  for (let n = 0; n < cards; n += 1) {
    const dates = { dateLastActivity: new Date(made(n) + 60 * HOUR).toISOString(), due: null, start: null }
    const desc = `${n} ${textOf(description)}`
    const cover = { color: null, size: 'normal', scaled: [{ url: textOf(unread) }] }
    const rest = { closed: false, badges: { comments: 1, votes: 0 }, cover, labels: [] }
    const place = { idList: 'list2', pos: 65_536.5 + n, shortLink: `s${n}`, url: `https://trello.com/c/s${n}` }
    yield `${n > 0 ? ',' : ''}${JSON.stringify({ ...card(n), name: `Card ${n}`, desc, ...place, ...dates, ...rest })}`
  }
  yield '],"actions":['
  for (let n = 0; n < cards; n += 1) {
    const action = (type: string, k: number, data: object) =>
      JSON.stringify({
        id: idOf(made(n) + k * HOUR, 10 * n + k),
        type,
        idMemberCreator: 'member',
        date: new Date(made(n) + k * HOUR).toISOString(),
        memberCreator: { id: 'member', fullName: 'Ada Brook', username: 'ada', avatarUrl: null },
        data: { card: { ...card(n), name: `Card ${n}` }, board: { id: 'board', name: 'Waterworks' }, ...data },
      })
    const move = (k: number, from: number) =>
      action('updateCard', k, {
        old: { idList: `list${from}` },
        listBefore: { id: `list${from}` },
        listAfter: { id: `list${from + 1}` },
      })
    const born = action('createCard', 0, { list: { id: 'list0' } })
    const said = action('commentCard', 30, { text: `Comment on card ${n}` })
    yield `${n > 0 ? ',' : ''}${[born, move(20, 0), said, move(40, 1)].join()}`
  }
  yield '],"members":[{"id":"member","fullName":"Ada Brook","username":"ada"}],"checklists":[]}'
}

/** A CSV export of all fields from Jira: 380 columns, most of them empty, as large Jira sites have. */
export function* jiraFile(issues: number, { description = 800, unread = 0 }: Weights = {}): Generator<string> {
  const named = ['Summary', 'Issue key', 'Issue id', 'Issue Type', 'Status', 'Project key', 'Project name', 'Priority']
  const dated = ['Created', 'Updated', 'Resolved', 'Due date', 'Description', 'Comment', 'Labels', 'Status Category']
  const logs = Array.from({ length: 100 }, () => 'Log Work')
  const fields = Array.from({ length: 280 - named.length - dated.length }, (_, n) => `Custom field (Number ${n})`)
  yield `${[...named, ...dated, ...logs, ...fields].join()}\n`
  const empty = [...logs.map(() => textOf(unread / logs.length)), ...fields.map(() => '')]
  const two = (n: number) => String(n).padStart(2, '0')
  for (let n = 0; n < issues; n += 1) {
    const day = `${two((n % 28) + 1)}/${['Jan', 'Feb', 'Mar', 'Apr'][n % 4]}/25`
    const status = ['To Do', 'In Progress', 'Done'][n % 3]
    const resolved = n % 3 === 2 ? `${day} 4:30 PM` : ''
    const names = [`Issue ${n}`, `WELL-${n + 1}`, 10_000 + n, 'Task', status, 'WELL', 'Waterworks', 'Medium']
    const rest = [`${day} 9:00 AM`, `${day} 5:00 PM`, resolved, '', `"${n} ${textOf(description)}"`]
    const said = `"${day} 10:00 AM;712020:0f0e0d0c-1111-4222-8333-444455556666;Comment on issue ${n}"`
    yield `${[...names, ...rest, said, 'pump', status, ...empty].join()}\n`
  }
}

/** The file as bytes, in chunks of at least 64 Ki characters, each made only when the reader asks for it. */
export function streamOf(pieces: Iterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    pull(controller) {
      let piece = ''
      while (piece.length < 65_536) {
        const next = pieces.next()
        if (next.done) break
        piece += next.value
      }
      if (piece === '') controller.close()
      else controller.enqueue(encoder.encode(piece))
    },
  })
}
