import type { Board } from '../client.ts'
import { t } from '../strings.ts'

/** The name of a member; of who has left, that they have. */
export function nameOf(board: Board, user_id: string | null): string {
  const member = board.members.find((member) => member.user_id === user_id)
  return member ? (member.user?.name ?? t.somebody) : t.formerMember
}
