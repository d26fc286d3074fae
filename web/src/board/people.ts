import type { Board } from '../client.ts'
import { t } from '../strings.ts'

/** The name to show for a user: the member's, or "A former member" for null and for a user who has left. */
export function nameOf(board: Board, user_id: string | null): string {
  const member = board.members.find((member) => member.user_id === user_id)
  return member ? (member.user?.name ?? t.somebody) : t.formerMember
}
