import type { Notice } from './inbox.ts'

/** The parts of a task that decide who is notified. */
type Card = { assignees: Set<string>; watchers: Set<string>; status: string }

/**
 * The notifications that the acts must cause, by the rules in docs/live.md and the docs of the routes: computed from
 * the acts alone, and independent of the server's SQL.
 */
export class Expected {
  readonly notices = new Map<string, Omit<Notice, 'id' | 'seq'>[]>()
  readonly #cards = new Map<string, Card>()
  readonly #muted = new Map<string, Set<string>>()
  readonly #members = new Set<string>()

  card(id: string): Card {
    const card = this.#cards.get(id)
    if (!card) throw new Error(`No act has created the task ${id}`)
    return card
  }

  #tell(kind: string, people: Iterable<string>, actor_id: string, task_id: string | null): void {
    for (const person of people) {
      if (person === actor_id || !this.#members.has(person) || this.#muted.get(person)?.has(kind)) continue
      this.notices.set(person, [...(this.notices.get(person) ?? []), { kind, task_id, actor_id }])
    }
  }

  joins(person: string, actor: string): void {
    this.#members.add(person)
    this.#tell('project_invited', [person], actor, null)
  }

  mutes(person: string, kinds: string[]): void {
    this.#muted.set(person, new Set(kinds))
  }

  creates(actor: string, id: string, assignees: string[], status: string): void {
    this.#cards.set(id, { assignees: new Set(assignees), watchers: new Set([actor, ...assignees]), status })
    this.#tell('assigned', assignees, actor, id)
  }

  assigns(actor: string, id: string, person: string): void {
    const { assignees, watchers } = this.card(id)
    if (assignees.has(person)) return
    assignees.add(person)
    watchers.add(person)
    this.#tell('assigned', [person], actor, id)
  }

  givesItem(actor: string, id: string, person: string): void {
    this.card(id).watchers.add(person)
    this.#tell('assigned', [person], actor, id)
  }

  unassigns(actor: string, id: string, person: string): void {
    if (this.card(id).assignees.delete(person)) this.#tell('unassigned', [person], actor, id)
  }

  moves(actor: string, id: string, status: string): void {
    const card = this.card(id)
    if (card.status !== status) this.#tell('moved', card.assignees, actor, id)
    card.status = status
  }

  watches(person: string, id: string, on: boolean): void {
    if (on) this.card(id).watchers.add(person)
    else this.card(id).watchers.delete(person)
  }

  comments(actor: string, id: string, mentioned: string[]): void {
    const { watchers } = this.card(id)
    this.#tell('mentioned', mentioned, actor, id)
    const told = mentioned.filter((person) => !this.#muted.get(person)?.has('mentioned'))
    this.#tell(
      'commented',
      [...watchers].filter((person) => !told.includes(person)),
      actor,
      id,
    )
    watchers.add(actor)
  }
}
