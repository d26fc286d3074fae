import type pg from 'pg'
import type { Site } from '../support/site.ts'
import type { Caller, Pair } from './requests.ts'
import { Rows, secretOf, type Tenant, tenantOf } from './rows.ts'
import { ARE_CALLERS_INTACT, HIDDEN, IS_BOARD_INTACT, sessionOf } from './state.ts'
import { type Exchange, send } from './wire.ts'

type Person = { id: string; email: string; access: string; refresh: string }
export type SignedInCaller = Exclude<Caller, 'nobody' | 'forger'>

const PASSWORD = 'correct horse battery'
/** Root first: a deployment's first account is its administrator. */
const SIGNED_IN_CALLERS: SignedInCaller[] = ['root', 'ada', 'bob', 'eve']
const TENANTS: Tenant[] = ['ours', 'theirs']
const COLUMNS = ['todo', 'in_progress', 'review', 'done']

/**
 * Two tenants who must never see each other's rows: Ada's project, where Bob contributes, and Eve's.
 * Root administers all. Each connection has tenants of its own, so that none disturbs another.
 */
export class Tenants {
  readonly rows = new Rows()
  readonly #site: Site
  readonly #sql: pg.Pool
  readonly #people = new Map<SignedInCaller, Person>()
  readonly #boards = new Map<Tenant, string>()
  #rounds = 0

  private constructor(site: Site, sql: pg.Pool) {
    this.#site = site
    this.#sql = sql
  }

  static async build(site: Site, sql: pg.Pool): Promise<Tenants> {
    const tenants = new Tenants(site, sql)
    for (const caller of SIGNED_IN_CALLERS) await tenants.#enrol(caller)
    await tenants.repair()
    return tenants
  }

  token(caller: Caller): string | undefined {
    if (caller === 'nobody') return undefined
    return caller === 'forger' ? `${this.#person('ada').access.slice(0, -6)}AAAAAA` : this.#person(caller).access
  }

  /** The ids of the board of a caller's tenant, and of the caller's account. */
  placeOf(caller: SignedInCaller): { board: string; id: string } {
    return { board: this.#boards.get(tenantOf(caller)) ?? '', id: this.#person(caller).id }
  }

  /** Ada, or another manager, creates a task: an event for open sockets. */
  async createTask(caller: SignedInCaller): Promise<void> {
    const { board } = this.placeOf(caller)
    await this.#make('/tasks', this.#person(caller).access, { project_id: board, title: secretOf(tenantOf(caller)) })
  }

  /** Signs in a caller whose session was ended; if that is refused, gives the caller a new account. */
  async signInAgain(caller: Caller): Promise<void> {
    if (caller === 'nobody' || caller === 'forger') return
    const person = this.#person(caller)
    const again = await this.#ask<{ tokens: Person }>('/auth/login', '', { email: person.email, password: PASSWORD })
    if (again.status === 200) this.#people.set(caller, { ...person, access: again.body.tokens.access })
    else await this.#enrol(caller)
  }

  /** Called before each round: replaces accounts and boards that requests have damaged, and learns hidden rows. */
  async repair(): Promise<void> {
    const ids = SIGNED_IN_CALLERS.map((caller) => this.#person(caller).id)
    const sessions = SIGNED_IN_CALLERS.map((caller) => sessionOf(this.#person(caller).access))
    const intact = await this.#holds(ARE_CALLERS_INTACT, [ids, ids[0], sessions])
    if (!intact) for (const caller of SIGNED_IN_CALLERS) await this.#enrol(caller)
    if (this.#rounds++ % 3 === 0) {
      const { id, email, refresh } = await this.#register('Stranger')
      const kinds = { strangers: id, emails: email, refreshes: refresh }
      for (const tenant of TENANTS) for (const [kind, row] of Object.entries(kinds)) this.rows.keep(tenant, kind, row)
    }
    for (const tenant of TENANTS) {
      const [manager, second] = this.#teamOf(tenant)
      const board = this.#boards.get(tenant)
      if (!board || !(await this.#holds(IS_BOARD_INTACT, [board, COLUMNS, manager.id, second.id])))
        await this.#makeBoard(tenant)
      const { rows } = await this.#sql.query<{ kind: string; id: string }>(HIDDEN, [this.#boards.get(tenant)])
      for (const { kind, id } of rows) this.rows.keep(tenant, kind, id)
    }
  }

  #person(caller: SignedInCaller): Person {
    const person = this.#people.get(caller)
    if (!person) throw new Error(`${caller} has no account`)
    return person
  }

  #teamOf(tenant: Tenant): [manager: Person, second: Person] {
    return tenant === 'ours' ? [this.#person('ada'), this.#person('bob')] : [this.#person('eve'), this.#person('eve')]
  }

  async #holds(query: string, values: unknown[]): Promise<boolean> {
    return (await this.#sql.query<{ intact: boolean }>(query, values)).rows[0]?.intact === true
  }

  async #register(name: string): Promise<Person> {
    const account = { email: `${crypto.randomUUID()}@example.com`, name, password: PASSWORD }
    const { user, tokens } = await this.#make<{ user: Person; tokens: Person }>('/auth/register', '', account)
    return { id: user.id, email: account.email, access: tokens.access, refresh: tokens.refresh }
  }

  async #enrol(caller: SignedInCaller): Promise<void> {
    const person = await this.#register(caller)
    this.#people.set(caller, person)
    if (caller === 'root') await this.#sql.query("update users set role = 'admin' where id = $1", [person.id])
    else this.rows.keep(tenantOf(caller), 'users', person.id)
    this.rows.keep(tenantOf(caller), 'sessions', sessionOf(person.access))
  }

  /** Makes a new board with a few tasks, whose texts name their tenant. */
  async #makeBoard(tenant: Tenant): Promise<void> {
    const [{ access }, second] = this.#teamOf(tenant)
    const text = secretOf(tenant)
    const { id: project_id } = await this.#make<Person>('/projects', access, { name: text, description: text })
    this.#boards.set(tenant, project_id)
    this.rows.forget(tenant, 'projects', 'tasks', 'checklists', 'items', 'webhooks')
    this.rows.own(tenant, 'projects', project_id)
    // A webhook that sends nothing until a webhook is deleted.
    const hook = { url: 'https://hooks.example.com/flowtrack', description: text, actions: ['webhook.deleted'] }
    this.rows.own(tenant, 'webhooks', (await this.#make<Person>(`/projects/${project_id}/webhooks`, access, hook)).id)
    const member = { user_id: second.id, role: 'contributor' }
    if (tenant === 'ours') await this.#make(`/projects/${project_id}/members`, access, member)
    for (const status of COLUMNS) {
      const assignee_ids = status === 'review' ? [] : [second.id] // a task in "Review" that can be claimed
      const { id } = await this.#make<Person>('/tasks', access, { project_id, title: text, status, assignee_ids })
      this.rows.own(tenant, 'tasks', id)
      await this.#addChecklist(tenant, id, access)
      if (status === 'todo') await this.#ask(`/tasks/${id}`, access, {}, 'DELETE')
    }
    this.rows.exported[tenant] = (await this.#send('GET', `/projects/${project_id}/export`, access)).body
  }

  /** Adds a checklist of two items to a task. */
  async #addChecklist(tenant: Tenant, task: string, access: string): Promise<void> {
    const text = secretOf(tenant)
    const { id } = await this.#make<Person>(`/tasks/${task}/checklists`, access, { title: text })
    this.rows.own(tenant, 'checklists', id)
    for (let n = 0; n < 2; n++)
      this.rows.own(tenant, 'items', (await this.#make<Person>(`/checklists/${id}/items`, access, { text })).id)
  }

  async #make<T>(path: string, token: string, body: object): Promise<T> {
    const answer = await this.#ask<T>(path, token, body)
    if (answer.status > 299) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async #ask<T>(target: string, token: string, body: object, method = 'POST'): Promise<{ status: number; body: T }> {
    const answer = await this.#send(method, target, token, Buffer.from(JSON.stringify(body)))
    return { status: answer.status, body: JSON.parse(answer.body || 'null') }
  }

  #send(method: string, target: string, token: string, body?: Buffer): Promise<Exchange> {
    const authorization: Pair = ['Authorization', `Bearer ${token || 'none'}`]
    const headers: Pair[] = body ? [authorization, ['Content-Type', 'application/json']] : [authorization]
    return send(this.#site.url, { method, target, headers, body })
  }
}
