import { api, dataOf, type Project } from './client.ts'

type Page<T> = { items: T[]; next_cursor: string | null }
type LoadPage<T> = (after: { cursor?: string }) => Promise<Page<T>>

/**
 * The first `count` pages of a list, and the next ones while `misses` returns true. `hasMore`: whether the list has
 * more pages.
 */
export async function loadPages<T>(
  load: LoadPage<T>,
  count: number,
  misses = (_found: T[]) => false,
): Promise<{ items: T[]; hasMore: boolean }> {
  const items: T[] = []
  let cursor: string | null = null
  for (let n = 0; n < count || misses(items); n++) {
    const page: Page<T> = await load(cursor === null ? {} : { cursor })
    items.push(...page.items)
    cursor = page.next_cursor
    if (cursor === null) return { items, hasMore: false }
  }
  return { items, hasMore: true }
}

/** All pages of a list, or 10 of them: enough for lists that quotas keep short. */
export const loadAll = async <T>(load: LoadPage<T>): Promise<T[]> => (await loadPages(load, 10)).items

/** The projects of the user. */
export const loadProjects = () =>
  loadAll<Project>(async (after) => dataOf(await api.GET('/projects', { params: { query: { limit: 100, ...after } } })))
