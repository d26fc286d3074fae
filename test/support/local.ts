import { execFileSync } from 'node:child_process'
import { makeDatabase } from '../../local/own-database.ts'
import { startEmbeddedPostgres } from '../../local/postgres.ts'

/** An empty database: on the server of DATABASE_URL if there is one, else embedded. */
export async function freshDatabase(): Promise<{ url: string; close(): Promise<void> }> {
  const server = process.env.DATABASE_URL
  if (!server) return startEmbeddedPostgres()
  const { url, drop } = await makeDatabase(server, 'local')
  return { url, close: drop }
}

/** The answer of a lane's `/control`: to GET, or to POST of `change` if given. */
export async function control(base: string, change?: Record<string, unknown>) {
  const init = change ? { method: 'POST', body: JSON.stringify(change) } : undefined
  const response = await fetch(`${base}/control`, init)
  return {
    status: response.status,
    ...((await response.json()) as {
      requests: number
      statements: number
      commands: number
      streams: number
      faults: Record<string, unknown>
      injected: Record<string, number>
    }),
  }
}

/** The data of each server-sent event, as it arrives. */
export async function* eventsOf(response: Response): AsyncGenerator<string, void> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    const blocks = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) yield block.replace(/^data: /gm, '')
  }
}

/** The next `count` items; fewer if they end before. */
export async function take<T>(items: AsyncGenerator<T, void>, count: number): Promise<T[]> {
  const taken: T[] = []
  while (taken.length < count) {
    const { value, done } = await items.next()
    if (done) break
    taken.push(value as T)
  }
  return taken
}

/** The ids of all processes that descend from `pid`, without zombies. */
export function descendantsOf(pid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,stat='], { encoding: 'utf8' })
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  const below = (parent: number): number[] =>
    rows
      .filter(([, ppid, stat]) => Number(ppid) === parent && !stat?.startsWith('Z'))
      .flatMap(([id]) => [Number(id), ...below(Number(id))])
  return below(pid)
}

export function isAlive(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}
