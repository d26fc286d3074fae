import { useEffect, useRef, useState } from 'preact/hooks'
import { api, dataOf, NoAnswer } from '../client.ts'
import { showErrorOf } from '../hooks.ts'

const loadEvents = async (project: string, task_id: string, since?: number) => {
  const query = { task_id, limit: 100, ...(since !== undefined && { since }) }
  return dataOf(await api.GET('/projects/{id}/activity', { params: { path: { id: project }, query } }))
}
export type TaskEvent = Awaited<ReturnType<typeof loadEvents>>['items'][number]

/**
 * `events`: what happened to a card, newest first. `changes`: for each entity, such as `comment`, the seq of its last
 * change. `loaded`: the first events were read.
 */
export type TaskEvents = { events: TaskEvent[]; changes: Record<string, number>; loaded: boolean }

const SETTLE_MS = 120
const RETRY_MS = 3_000

/**
 * Follows one card: when the board's `seq` has changed, one request reads the new events of this card. So its comments,
 * checklists and links are loaded again only when they have changed.
 */
export function useTaskEvents(project: string, task_id: string, seq: number): TaskEvents {
  const [state, setState] = useState<TaskEvents>({ events: [], changes: {}, loaded: false })
  const busy = useRef(false)
  const seenSeq = useRef(0)
  const wantedSeq = useRef(seq)
  wantedSeq.current = seq
  const isMounted = useRef(true)
  const readNewEvents = async (): Promise<void> => {
    if (busy.current || !isMounted.current) return
    busy.current = true
    let until = wantedSeq.current
    const first = seenSeq.current === 0
    try {
      const { items, next_cursor } = await loadEvents(project, task_id, first ? undefined : seenSeq.current)
      const fresh = first ? items : items.toReversed()
      const newest = fresh[0]?.seq ?? 0
      if (!first && next_cursor !== null) until = newest // there are more new events than one page holds
      seenSeq.current = Math.max(until, newest)
      if (isMounted.current && (first || fresh.length > 0)) setState((old) => addEvents(old, fresh))
    } catch (error) {
      if (error instanceof NoAnswer) setTimeout(readNewEvents, RETRY_MS)
      else if (isMounted.current && first) showErrorOf(error)
    } finally {
      busy.current = false
      if (wantedSeq.current > until) setTimeout(readNewEvents, SETTLE_MS)
    }
  }
  useEffect(() => {
    const timer = setTimeout(readNewEvents, seenSeq.current === 0 ? 0 : SETTLE_MS)
    return () => clearTimeout(timer)
  }, [seq])
  useEffect(() => {
    isMounted.current = true
    return () => {
      isMounted.current = false
    }
  }, [])
  return state
}

function addEvents(old: TaskEvents, fresh: TaskEvent[]): TaskEvents {
  const changes = { ...old.changes }
  for (const { entity, seq } of fresh) changes[entity] = Math.max(changes[entity] ?? 0, seq)
  return { events: [...fresh, ...old.events], changes, loaded: true }
}
