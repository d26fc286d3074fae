import { useEffect, useRef, useState } from 'preact/hooks'
import { api, dataOf } from '../client.ts'
import { showErrorOf } from '../hooks.ts'

const load = async (project: string, task_id: string, since?: number) => {
  const query = { task_id, limit: 100, ...(since !== undefined && { since }) }
  return dataOf(await api.GET('/projects/{id}/activity', { params: { path: { id: project }, query } })).items
}
export type TaskEvent = Awaited<ReturnType<typeof load>>[number]

/** What happened to a card, newest first, and how often each kind of thing that belongs to it has changed. */
export type TaskEvents = { events: TaskEvent[]; changes: Record<string, number>; loaded: boolean }

const SETTLE_MS = 120

/**
 * Follows one card: whenever the board's seq has moved, one request asks what of that concerns this card. So its
 * comments, checklists and links are read anew only when they have changed.
 */
export function useTaskEvents(project: string, task_id: string, seq: number): TaskEvents {
  const [state, setState] = useState<TaskEvents>({ events: [], changes: {}, loaded: false })
  const busy = useRef(false)
  const at = useRef(0)
  const wanted = useRef(seq)
  wanted.current = seq
  const here = useRef(true)
  const follow = async (): Promise<void> => {
    if (busy.current || !here.current) return
    busy.current = true
    const until = wanted.current
    const first = at.current === 0
    try {
      const items = await load(project, task_id, first ? undefined : at.current)
      const fresh = first ? items : items.toReversed()
      at.current = Math.max(until, fresh[0]?.seq ?? 0)
      if (here.current && (first || fresh.length > 0)) setState((old) => withEvents(old, fresh))
    } catch (error) {
      if (here.current && first) showErrorOf(error)
    } finally {
      busy.current = false
      if (wanted.current > until) setTimeout(follow, SETTLE_MS)
    }
  }
  useEffect(() => {
    const timer = setTimeout(follow, at.current === 0 ? 0 : SETTLE_MS)
    return () => clearTimeout(timer)
  }, [seq])
  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])
  return state
}

function withEvents(old: TaskEvents, fresh: TaskEvent[]): TaskEvents {
  const changes = { ...old.changes }
  for (const { entity, seq } of fresh) changes[entity] = Math.max(changes[entity] ?? 0, seq)
  return { events: [...fresh, ...old.events], changes, loaded: true }
}
