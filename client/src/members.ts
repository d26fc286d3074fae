import type { Api } from './api.ts'
import type { Board } from './apply-event.ts'
import type { Context } from './context.ts'
import { dataOf } from './problem.ts'
import type { BoardAnswer, Member } from './types.ts'

/** A board of a large project shows only its first members, and those who are assigned. This reads the others. */

const PAGE = 100
const NOT_FOUND = 404

/**
 * The board with the membership of whoever reads it, without which they would not know what they may do. An
 * administrator may have none. Throws ApiError.
 */
export async function withOwnMember({ api, userId }: Context, board: BoardAnswer): Promise<BoardAnswer> {
  const { members, members_next_cursor, project } = board
  if (!members_next_cursor) return board
  const user_id = await userId()
  if (user_id === null || members.some((member) => member.user_id === user_id)) return board
  const answer = await api.GET('/projects/{id}/members/{user_id}', { params: { path: { id: project.id, user_id } } })
  return answer.response.status === NOT_FOUND ? board : { ...board, members: [...members, dataOf(answer)] }
}

/** The members after the first ones, at least as new as the board (by `FlowTrack-Seq`). Throws ApiError. */
export async function readOtherMembers(api: Api, { project, seq, members_next_cursor }: Board): Promise<Member[]> {
  const rows: Member[] = []
  let cursor: string | null = members_next_cursor ?? null
  while (cursor !== null) {
    const params = { path: { id: project.id }, query: { limit: PAGE, cursor } }
    const headers = { 'FlowTrack-Seq': String(seq) }
    const page = dataOf(await api.GET('/projects/{id}/members', { params, headers }))
    rows.push(...page.items)
    cursor = page.next_cursor
  }
  return rows
}

/**
 * The board with these members, too. Those that it has already may be newer, and stay; `removed`: the ids of those that
 * were removed since the rows were asked for.
 */
export function withMembers(board: Board, rows: Member[], removed: ReadonlySet<string>): Board {
  const { members_next_cursor: _, ...rest } = board
  const present = rows.filter(({ id }) => !removed.has(id))
  const byId = new Map<string, Board['members'][number]>(present.map((member) => [member.id, member]))
  for (const member of board.members) byId.set(member.id, { ...byId.get(member.id), ...member })
  const members = [...byId.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1))
  return { ...rest, members }
}
