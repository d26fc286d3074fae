import { setTimeout as wait } from 'node:timers/promises'
import { type Dice, seededDice } from '../../local/faults.ts'
import { parseOptions } from '../../local/parse-options.ts'
import { Client } from './chaos/client.ts'
import { judgeClients } from './chaos/scene.ts'
import { allPages, api } from './support/api.ts'
import { type Deployment, runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import { findDisagreements } from './support/ledger.ts'
import { newPerson, newProject, type Person } from './support/people.ts'
import { findDifferences, Inbox } from './team-day/inbox.ts'
import { Expected } from './team-day/ledger.ts'

/*
 * `npm run day`: five people in two regions work on one board, all at once, each with a socket of the board
 * and one of their inbox, while Redis loses 30 % of its messages. In the end every client's board must be the
 * database's; every inbox, in its list and on its socket, must have exactly the notifications that
 * team-day/ledger.ts computes from the acts; and the text of a deleted or edited comment must be nowhere.
 *
 * --short      20 rounds in place of 120      --seed N     other random choices
 */

const { values } = parseOptions({
  options: { short: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
})
const ROUNDS = values.short ? 20 : 120
/** Cards from which people choose: more than there are people, so that each round can give everybody another. */
const CARDS = 12
const COLUMNS = ['todo', 'in_progress', 'review', 'done']
const NAMES = ['Ada', 'Bob', 'Eve', 'Finn', 'Gil']
const SETTLED_WITHIN_MS = 20_000

type Place = Deployment['sites'][number]
type Member = Person & { site: Place; name: string }
type Said = { id: string; text: string; by: Member; card: string }

const pick = <T>(dice: Dice, items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T

async function ask<T>(by: Member, method: string, path: string, body?: object): Promise<T> {
  const answer = await api<T>(by.site, method, path, by.token, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

class Day {
  readonly #dice: Dice
  readonly #project_id: string
  readonly #members: Member[]
  readonly #expected = new Expected()
  /** The project to which cards are transferred. */
  #shelf = ''
  readonly #cards: string[] = []
  readonly #said: Said[] = []
  #labels: string[] = []
  /** The cards that somebody acts on in this round. */
  #taken = new Set<string>()
  /** Texts that somebody has deleted, or replaced. */
  readonly gone: string[] = []
  acts = 0

  constructor(dice: Dice, project_id: string, members: Member[]) {
    this.#dice = dice
    this.#project_id = project_id
    this.#members = members
  }

  noticesOf = ({ id }: Member) => this.#expected.notices.get(id) ?? []

  async begin(): Promise<void> {
    const [ada, ...others] = this.#members as [Member, ...Member[]]
    const members = `/projects/${this.#project_id}/members`
    for (const { id } of others) {
      await ask(ada, 'POST', members, { user_id: id, role: 'editor' })
      this.#expected.joins(id, ada.id)
    }
    this.#expected.joins(ada.id, ada.id)
    this.#shelf = await newProject(ada.site, ada, 'Shelf')
    for (const { id } of others) {
      await ask(ada, 'POST', `/projects/${this.#shelf}/members`, { user_id: id, role: 'editor' })
      this.#expected.joins(id, ada.id)
    }
    for (const name of ['Bug', 'Later']) {
      const made = await ask<{ id: string }>(ada, 'POST', `/projects/${this.#project_id}/labels`, {
        name,
        color: '#c0392b',
      })
      this.#labels.push(made.id)
    }
    for (let n = 0; n < CARDS; n++) await this.#create(pick(this.#dice, this.#members))
  }

  /** Everybody acts at once, each on another card, so that the notifications do not depend on the order of the acts. */
  async round(): Promise<void> {
    if (this.#dice() < 0.2) await this.#mute(pick(this.#dice, this.#members))
    const free = [...this.#cards]
    const mine = this.#members.map(() => free.splice(Math.floor(this.#dice() * free.length), 1)[0] as string)
    this.#taken = new Set(mine)
    await Promise.all(this.#members.map((member, n) => this.#act(member, mine[n] as string)))
  }

  async #mute(by: Member): Promise<void> {
    const muted_kinds = this.#dice() < 0.5 ? [] : [pick(this.#dice, ['moved', 'commented', 'mentioned', 'assigned'])]
    await ask(by, 'PUT', '/users/me/notification-preferences', { muted_kinds, muted_project_ids: [] })
    this.#expected.mutes(by.id, muted_kinds)
  }

  async #create(by: Member): Promise<void> {
    const assignees = this.#members.filter(() => this.#dice() < 0.3).map(({ id }) => id)
    const input = { project_id: this.#project_id, title: `Card ${this.#dice()}`, assignee_ids: assignees }
    const { id } = await ask<{ id: string }>(by, 'POST', '/tasks', input)
    this.#cards.push(id)
    this.#expected.creates(by.id, id, assignees, 'todo')
  }

  async #act(by: Member, card: string): Promise<void> {
    this.acts += 1
    const other = pick(this.#dice, this.#members)
    const path = `/tasks/${card}`
    const expected = this.#expected
    const acts: Record<string, () => Promise<unknown>> = {
      move: async () => {
        const status = pick(this.#dice, COLUMNS)
        await ask(by, 'PATCH', `${path}/move?status=${status}`)
        expected.moves(by.id, card, status)
      },
      assign: async () => {
        await ask(by, 'PATCH', path, { add_assignee_ids: [other.id] })
        expected.assigns(by.id, card, other.id)
      },
      unassign: async () => {
        await ask(by, 'PATCH', path, { remove_assignee_ids: [other.id] })
        expected.unassigns(by.id, card, other.id)
      },
      watch: async () => {
        const on = this.#dice() < 0.5
        await ask(by, on ? 'PUT' : 'DELETE', `${path}/watch`)
        expected.watches(by.id, card, on)
      },
      label: () => ask(by, 'PATCH', path, { add_label_ids: [pick(this.#dice, this.#labels)] }),
      comment: () => this.#comment(by, card, this.#dice() < 0.5 ? [other] : []),
      unsay: () => this.#unsay(by, card),
      checklist: async () => {
        const { id } = await ask<{ id: string }>(by, 'POST', `${path}/checklists`, { title: 'Before it is done' })
        const item = { text: 'Look at it', assignee_id: other.id }
        const made = await ask<{ id: string }>(by, 'POST', `/checklists/${id}/items`, item)
        expected.givesItem(by.id, card, other.id)
        await ask(by, 'PATCH', `/checklist-items/${made.id}`, { done: true })
      },
      transfer: async () => {
        await ask(by, 'POST', `${path}/transfer`, { project_id: this.#shelf })
        this.#cards.splice(this.#cards.indexOf(card), 1)
        await this.#create(by)
      },
      bulk: async () => {
        const status = pick(this.#dice, COLUMNS)
        const operations = [
          { op: 'move', id: card, status },
          { op: 'update', id: card, add_assignee_ids: [other.id] },
        ]
        await ask(by, 'POST', '/tasks/bulk', { project_id: this.#project_id, operations })
        expected.moves(by.id, card, status)
        expected.assigns(by.id, card, other.id)
      },
      trash: async () => {
        await ask(by, 'DELETE', path)
        await ask(by, 'POST', `${path}/restore`)
      },
    }
    await acts[pick(this.#dice, Object.keys(acts))]?.()
  }

  async #comment(by: Member, card: string, mentioned: Member[]): Promise<void> {
    const text = `Said ${this.#dice()}`
    const body = [text, ...mentioned.map(({ name, id }) => `@[${name}](user:${id})`)].join(' ')
    const { id } = await ask<{ id: string }>(by, 'POST', `/tasks/${card}/comments`, { body })
    this.#said.push({ id, text, by, card })
    this.#expected.comments(
      by.id,
      card,
      mentioned.map((member) => member.id),
    )
  }

  /** Edits or deletes one of the member's comments, on their card or on one that nobody acts on in this round. */
  async #unsay(by: Member, own: string): Promise<void> {
    const mine = this.#said.find(
      (comment) => comment.by === by && (comment.card === own || !this.#taken.has(comment.card)),
    )
    if (!mine) return
    this.gone.push(mine.text)
    if (this.#dice() < 0.5) {
      mine.text = `Said ${this.#dice()}`
      await ask(by, 'PATCH', `/comments/${mine.id}`, { body: mine.text })
    } else {
      this.#said.splice(this.#said.indexOf(mine), 1)
      await ask(by, 'DELETE', `/comments/${mine.id}`)
    }
  }
}

/** All that the project still shows of its past: the activity and an export, as text. */
async function readPast(by: Member, project_id: string): Promise<string> {
  const told = [JSON.stringify(await allPages(by.site, `/projects/${project_id}/activity`, by.token))]
  const headers = { Authorization: `Bearer ${by.token}` }
  told.push(await (await fetch(`${by.site.url}/projects/${project_id}/export`, { headers })).text())
  return told.join('\n')
}

/** Waits until an inbox's socket has received all that the list has. Returns what is wrong with either. */
async function faultsOf(member: Member, inbox: Inbox, expected: Day): Promise<string[]> {
  const listed = await inbox.readList()
  const deadline = Date.now() + SETTLED_WITHIN_MS
  while (!inbox.hasAll(listed) && Date.now() < deadline) await wait(20)
  const faults = findDifferences(expected.noticesOf(member), listed).map((fault) => `list ${fault}`)
  faults.push(...findDifferences(listed, inbox.present()).map((fault) => `socket ${fault}`))
  if (inbox.sent.some(({ seq }, n) => seq <= (inbox.sent[n - 1]?.seq ?? 0))) faults.push('socket is out of order')
  return faults.map((fault) => `the inbox of ${member.name}: its ${fault}`)
}

await runInDeployment({}, async (deployment) => {
  const { sites } = deployment
  const people = await Promise.all(NAMES.map((name) => newPerson(sites[0], name)))
  const members = people.map(
    (person, n): Member => ({ ...person, name: NAMES[n] ?? '', site: sites[n % sites.length] ?? sites[0] }),
  )
  const [ada] = members as [Member]
  const project_id = await newProject(ada.site, ada, 'A day')
  const day = new Day(seededDice(Number(values.seed)), project_id, members)
  await day.begin()
  const clients = await Promise.all(members.map(({ site, token }) => Client.open(site, token, project_id)))
  const inboxes = members.map((member) => new Inbox(member.site, member))
  for (const site of sites) await site.break('redis', { pubsub: { lose: 0.3 }, seed: Number(values.seed) })
  for (let round = 0; round < ROUNDS; round++) await day.round()
  const scene = { token: ada.token, project_id, clients }
  const { violations, converged_ms } = await judgeClients(ada.site, scene, Date.now())
  for (const [n, member] of members.entries()) violations.push(...(await faultsOf(member, inboxes[n] as Inbox, day)))
  const told = await readPast(ada, project_id)
  violations.push(...day.gone.filter((text) => told.includes(text)).map((text) => `still told: ${text}`))
  violations.push(...(await findDisagreements(deployment.sql, deployment.opened)))
  const lost = await Promise.all(sites.map(async (site) => (await site.injected('redis')).lose ?? 0))
  for (const gone of [...clients, ...inboxes]) gone.leave()
  const notices = members.reduce((sum, member) => sum + day.noticesOf(member).length, 0)
  const figures = { acts: day.acts, notices, texts_deleted: day.gone.length, converged_ms }
  return printFindings(`Five people's day, in ${secondsSince(deployment.opened)}`, {
    figures,
    injected: { lost: lost.reduce((sum, n) => sum + n, 0) },
    violations,
  })
})
