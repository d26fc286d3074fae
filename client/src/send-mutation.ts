import type { Api } from './api.ts'
import type { MutationAnswer, QueuedMutation } from './mutations.ts'
import { ApiError, offlineProblemOf, problemIn } from './problem.ts'
import type { Problem, Task } from './types.ts'

/** What became of an attempt to send a mutation. */
export type Outcome =
  | { kind: 'done'; answer: MutationAnswer }
  | { kind: 'refused'; problem: Problem }
  /** There was no answer, or one that asks to try again, after at least `wait_ms`. */
  | { kind: 'later'; problem: Problem; wait_ms: number }
  /** Nobody is signed in who may send it. */
  | { kind: 'nobody' }

type Answer = { data?: unknown; error?: unknown; response: Response }

const TIMEOUT_MS = 20_000

/** Sends the request of a mutation. Edits and removals are bulks of one operation: bulks take an Idempotency-Key. */
function sendRequest(api: Api, mutation: QueuedMutation): Promise<Answer> {
  const header = { 'Idempotency-Key': mutation.key }
  const headers = { 'X-Request-Id': mutation.key }
  const init = { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }
  const { task_id: id, project_id } = mutation
  const path = { id }
  if (mutation.kind === 'create')
    return api.POST('/tasks', { params: { header }, body: { project_id, ...mutation.fields }, ...init })
  if (mutation.kind === 'move')
    return api.PATCH('/tasks/{id}/move', { params: { header, path }, body: mutation.place, ...init })
  if (mutation.kind === 'comment')
    return api.POST('/tasks/{id}/comments', { params: { header, path }, body: { body: mutation.body }, ...init })
  const base = mutation.kind === 'edit' && mutation.base_seq !== undefined ? { base_seq: mutation.base_seq } : {}
  const operation =
    mutation.kind === 'edit'
      ? { op: 'update' as const, id, ...mutation.changes, ...base }
      : { op: 'delete' as const, id }
  return api.POST('/tasks/bulk', { params: { header }, body: { project_id, operations: [operation] }, ...init })
}

function taskIn(mutation: QueuedMutation, data: unknown): Task | null | undefined {
  if (mutation.kind === 'create' || mutation.kind === 'move') return data as Task
  if (mutation.kind === 'edit') return (data as { results: { task?: Task }[] }).results[0]?.task
  return mutation.kind === 'remove' ? null : undefined
}

/** Removes the name of the operation from the paths of a bulk's errors: the caller knows of no bulk. */
const withoutOperation = (problem: Problem): Problem =>
  problem.errors
    ? {
        ...problem,
        detail: problem.detail.replace(/\boperations\.0\.?/, ''),
        errors: problem.errors.map(({ path, ...rest }) => ({ path: path.replace(/^operations\.0\.?/, ''), ...rest })),
      }
    : problem

const asksToWait = ({ status, code }: Problem) => status >= 500 || status === 429 || code === 'idempotency_in_flight'

/** The removal of a task that is gone counts as done. */
const isDoneAlready = (mutation: QueuedMutation, { code }: Problem) =>
  mutation.kind === 'remove' && code === 'task_not_found'

/** Makes one attempt to send a mutation. Sent again with the same key, it has the same answer. Never rejects. */
export async function sendMutation(api: Api, mutation: QueuedMutation): Promise<Outcome> {
  try {
    const { data, error, response } = await sendRequest(api, mutation)
    const seq = Number(response.headers.get('FlowTrack-Seq') ?? 0)
    if (response.ok) {
      const task = taskIn(mutation, data)
      return { kind: 'done', answer: task === undefined ? { seq } : { seq, task } }
    }
    const problem = withoutOperation(problemIn(error, response))
    if (isDoneAlready(mutation, problem)) return { kind: 'done', answer: { seq, task: null } }
    if (response.status === 401) return { kind: 'nobody' }
    const wait_ms = Number(response.headers.get('Retry-After') ?? 0) * 1000
    return asksToWait(problem) ? { kind: 'later', problem, wait_ms } : { kind: 'refused', problem }
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) return { kind: 'nobody' }
    const problem = error instanceof ApiError ? error.problem : offlineProblemOf(error)
    return { kind: 'later', problem, wait_ms: 0 }
  }
}
