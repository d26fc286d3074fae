import type { Board, User } from '../client.ts'

export type Role = 'viewer' | 'commenter' | 'contributor' | 'editor' | 'manager'
export type Rights = { role: Role; archived: boolean }

const ORDER: Role[] = ['viewer', 'commenter', 'contributor', 'editor', 'manager']

/** What somebody may do on a board: the server decides; this only leaves out what it would refuse. */
export function rightsOf(board: Board, user: User): Rights {
  const role = user.role === 'admin' ? 'manager' : board.members.find(({ user_id }) => user_id === user.id)?.role
  return { role: role ?? 'viewer', archived: board.project.status === 'archived' }
}

export const atLeast = ({ role, archived }: Rights, least: Role) =>
  !archived && ORDER.indexOf(role) >= ORDER.indexOf(least)

/** Whether they may add, edit and move cards. */
export const mayEdit = (rights: Rights) => atLeast(rights, 'contributor')
