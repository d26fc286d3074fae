import type { Board, User } from '../client.ts'

export type Role = 'viewer' | 'commenter' | 'contributor' | 'editor' | 'manager'
export type Rights = { role: Role; archived: boolean }

const ORDER: Role[] = ['viewer', 'commenter', 'contributor', 'editor', 'manager']

/** What a user may do on a board. The server decides; the page only hides what it would refuse. */
export function rightsOf(board: Board, user: User): Rights {
  const role = user.role === 'admin' ? 'manager' : board.members.find(({ user_id }) => user_id === user.id)?.role
  return { role: role ?? 'viewer', archived: board.project.status === 'archived' }
}

/** Whether the role is `least` or a higher one, and the project is not archived. */
export const isAtLeast = ({ role, archived }: Rights, least: Role) =>
  !archived && ORDER.indexOf(role) >= ORDER.indexOf(least)

/** Whether the user may add, edit and move cards. */
export const mayEdit = (rights: Rights) => isAtLeast(rights, 'contributor')
