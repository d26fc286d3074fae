import type { Caller, Draft } from './requests.ts'
import type { Exchange } from './wire.ts'

export type Tenant = 'ours' | 'theirs'

export const tenantOf = (caller: Caller): Tenant => (caller === 'eve' ? 'theirs' : 'ours')
const otherOf = (caller: Caller): Tenant => (caller === 'eve' ? 'ours' : 'theirs')

/** The text of all rows of a tenant, by which a leak is recognised. */
export const secretOf = (tenant: Tenant) => `secret of ${tenant}`

/** A placeholder in a draft for a new, unused name. */
export const FRESH = '{{fresh}}'

const NIL = '00000000-0000-0000-0000-000000000000'
/** The most rows of one kind that are remembered. */
const KEPT = 30
/** Ids and secrets: the words that can show whose row an answer holds. */
const TRACES = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|secret of \w+/g

/** The kind of row that a path names: its last part that is a word. */
const kindOfPath = (target: string) =>
  target
    .split('?')[0]
    ?.split('/')
    .findLast((part) => /^[a-z-]+$/.test(part))

/** The rows that the fuzzer knows, and the tenant of each. */
export class Rows {
  readonly #known = new Map<string, string[]>()
  readonly #secrets: Record<Tenant, Set<string>> = { ours: new Set(), theirs: new Set() }

  /** A whole project as text, to be imported. */
  readonly exported: Record<Tenant, string> = { ours: '', theirs: '' }

  /** Remembers a row to name in requests. */
  keep(tenant: Tenant, kind: string, id: string): void {
    const rows = this.#known.get(`${tenant}.${kind}`) ?? []
    if (!rows.includes(id)) this.#known.set(`${tenant}.${kind}`, [...rows.slice(1 - KEPT), id])
  }

  /** Remembers a row that the other tenant must never see. */
  own(tenant: Tenant, kind: string, id: string): void {
    this.keep(tenant, kind, id)
    this.#secrets[tenant].add(id)
  }

  /** Rows of these kinds are no longer named in requests; the other tenant must still never see them. */
  forget(tenant: Tenant, ...kinds: string[]): void {
    for (const kind of kinds) this.#known.delete(`${tenant}.${kind}`)
  }

  /**
   * Returns a function that replaces a draft's placeholders, such as `{{tasks.own.3}}`, by rows. Only strangers are
   * invited, and only their accounts are administered, so that the callers keep their accounts and their tenants.
   */
  fill({ caller, operation }: Draft): (text: string) => string {
    const spared = caller === 'root' || operation === 'POST /projects/{id}/members'
    return (text) => this.name(caller, text, spared)
  }

  /** Replaces the placeholders in a text of a caller. `spared`: strangers stand for users. */
  name(caller: Caller, text: string, spared = false): string {
    return text
      .replaceAll(FRESH, () => crypto.randomUUID())
      .replaceAll('{{export}}', () => this.exported[tenantOf(caller)])
      .replace(/\{\{([\w-]+)\.(own|other)\.(\d+)\}\}/g, (_, kind: string, owner: string, n: string) => {
        const tenant = owner === 'own' ? tenantOf(caller) : otherOf(caller)
        const rows = this.#known.get(`${tenant}.${kind === 'users' && spared ? 'strangers' : kind}`)
        return rows?.[Number(n) % rows.length] ?? NIL
      })
  }

  /** Learns the rows that an answer shows; those that a tenant has made are its own from here on. */
  learn(caller: Caller, { wire, status, headers, body }: Exchange): void {
    const kind = kindOfPath(wire.target)
    if (caller === 'root' || !kind || kind === 'users' || status > 299) return
    if (!headers['content-type']?.startsWith('application/json') || wire.method === 'HEAD') return
    const { id, items, tokens } = JSON.parse(body)
    const shown: { id?: unknown }[] = [{ id }, ...(Array.isArray(items) ? items.slice(0, 5) : [])]
    for (const row of shown) if (typeof row.id === 'string') this.keep(tenantOf(caller), kind, row.id)
    if (status === 201 && wire.method === 'POST' && typeof id === 'string') this.own(tenantOf(caller), kind, id)
    if (typeof tokens?.refresh === 'string') this.keep(tenantOf(caller), 'refreshes', tokens.refresh)
  }

  /** The row of the other tenant that an answer shows, unless the request named it; undefined without one. */
  leak(caller: Caller, { wire, body }: Pick<Exchange, 'wire' | 'body'>): string | undefined {
    return this.leakIn(caller, body, `${wire.target} ${wire.body?.toString() ?? ''}`)
  }

  leakIn(caller: Caller, shown: string, asked: string): string | undefined {
    if (caller === 'root') return undefined
    const other = otherOf(caller)
    const isTheirs = (word: string) => this.#secrets[other].has(word) || word === secretOf(other)
    return (shown.match(TRACES) ?? []).find((word) => isTheirs(word) && !asked.includes(word))
  }
}
