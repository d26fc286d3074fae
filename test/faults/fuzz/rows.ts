import type { Caller, Draft } from './requests.ts'
import type { Exchange } from './wire.ts'

export type Tenant = 'ours' | 'theirs'

export const tenantOf = (caller: Caller): Tenant => (caller === 'eve' ? 'theirs' : 'ours')
const otherOf = (caller: Caller): Tenant => (caller === 'eve' ? 'ours' : 'theirs')

/** What a tenant's own texts say, so that they are known wherever they turn up. */
export const secretOf = (tenant: Tenant) => `secret of ${tenant}`

/** A name that nobody has yet, in a draft. */
export const FRESH = '{{fresh}}'

const NIL = '00000000-0000-0000-0000-000000000000'
/** Rows of one kind that are kept in mind. */
const KEPT = 30
const TELLING = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|secret of \w+/g

/** What kind of row a path is about: its last word. */
const kindOfPath = (target: string) =>
  target
    .split('?')[0]
    ?.split('/')
    .findLast((part) => /^[a-z-]+$/.test(part))

/** The rows that the fuzzer knows of, and whose they are. */
export class Rows {
  readonly #known = new Map<string, string[]>()
  readonly #secrets: Record<Tenant, Set<string>> = { ours: new Set(), theirs: new Set() }

  /** A whole project as text, to be imported. */
  readonly exported: Record<Tenant, string> = { ours: '', theirs: '' }

  /** A row to name in requests. */
  keep(tenant: Tenant, kind: string, id: string): void {
    const rows = this.#known.get(`${tenant}.${kind}`) ?? []
    if (!rows.includes(id)) this.#known.set(`${tenant}.${kind}`, [...rows.slice(1 - KEPT), id])
  }

  /** A row that the other tenant must never see. */
  own(tenant: Tenant, kind: string, id: string): void {
    this.keep(tenant, kind, id)
    this.#secrets[tenant].add(id)
  }

  /** No longer named in requests; what was a secret stays one. */
  forget(tenant: Tenant, ...kinds: string[]): void {
    for (const kind of kinds) this.#known.delete(`${tenant}.${kind}`)
  }

  /**
   * Puts the rows in that a draft names as `{{tasks.own.3}}`. Only strangers are invited, and only
   * their accounts are administered: the callers stay who and where they are.
   */
  fill({ caller, operation }: Draft): (text: string) => string {
    const spared = caller === 'root' || operation === 'POST /projects/{id}/members'
    return (text) => this.name(caller, text, spared)
  }

  /** The same for any text of a caller's. */
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

  /** Which row of the other tenant an answer shows, unless the request named it. */
  leak(caller: Caller, { wire, body }: Pick<Exchange, 'wire' | 'body'>): string | undefined {
    return this.leakIn(caller, body, `${wire.target} ${wire.body?.toString() ?? ''}`)
  }

  leakIn(caller: Caller, shown: string, asked: string): string | undefined {
    if (caller === 'root') return undefined
    const other = otherOf(caller)
    const isTheirs = (word: string) => this.#secrets[other].has(word) || word === secretOf(other)
    return (shown.match(TELLING) ?? []).find((word) => isTheirs(word) && !asked.includes(word))
  }
}
