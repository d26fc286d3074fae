/** The caller, as the token says. The role is a hint: the database decides (I7). */
export type Actor = {
  user_id: string
  /** The session's id, or the API key's. */
  session_id: string
  role: 'admin' | 'member'
  /** When the access token ends, in ms since 1970; 0 for an API key, whose end only the database knows. */
  expires_at: number
  /** Set for an API key. Only the database can tell whether the key is genuine. */
  key_hash?: string
}

/** The actor until a token names another. No account has the nil id: the database refuses it. */
export const NOBODY: Actor = {
  user_id: '00000000-0000-0000-0000-000000000000',
  session_id: '00000000-0000-0000-0000-000000000000',
  role: 'member',
  expires_at: 0,
}

/** Where a request comes from, as shown in the list of sessions. */
export type Device = { user_agent: string | null; ip: string | null }
