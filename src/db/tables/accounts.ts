import { sql } from 'drizzle-orm'
import { boolean, check, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { clockTimestamp, id, instant, oneOf, seq, stamps } from './columns.ts'
import { KEY_SCOPES, USER_ROLES } from './values.ts'

/** People, and what they sign in with. */

export const users = pgTable(
  'users',
  {
    id: id(),
    email: text().notNull(),
    name: text().notNull(),
    role: text({ enum: USER_ROLES }).notNull().default('member'),
    password_hash: text(),
    is_active: boolean().notNull().default(true),
    avatar_url: text(),
    timezone: text().notNull().default('UTC'),
    ...stamps(),
    seq: seq(),
  },
  (t) => [
    uniqueIndex('users_email_key').on(sql`lower(${t.email})`),
    index('users_email_prefix').on(sql`lower(${t.email}) text_pattern_ops`),
    index('users_name_words').using('gin', sql`name_words(${t.name})`),
    index('users_admins').on(t.id).where(sql`role = 'admin' and is_active`),
    check('users_role', oneOf('role', USER_ROLES)),
  ],
)

export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    refresh_hash: text().notNull(),
    previous_hash: text(),
    rotated_at: instant(),
    /** Hashes of older tokens, each with the moment when it was rotated: those within their grace, 20 at most. */
    retired: jsonb().$type<Record<string, string>>().notNull().default({}),
    expires_at: instant().notNull(),
    revoked_at: instant(),
    revoke_reason: text(),
    user_agent: text(),
    ip: text(),
    last_used_at: instant().notNull().default(clockTimestamp),
    ...stamps(),
  },
  (t) => [
    index('sessions_user').on(t.user_id, t.id),
    index('sessions_expiry').on(t.expires_at),
    index('sessions_revoked').on(t.revoked_at).where(sql`revoked_at is not null`),
  ],
)

/** Recovery links, for people who forgot their password. Only a hash of the token is stored. */
export const recovery_links = pgTable(
  'recovery_links',
  {
    id: id(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    token_hash: text().notNull(),
    /** The administrator who made the link. */
    created_by: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    created_at: instant().notNull().default(clockTimestamp),
    expires_at: instant().notNull(),
    used_at: instant(),
    /** The device and the address that used the link. */
    user_agent: text(),
    ip: text(),
  },
  (t) => [
    uniqueIndex('recovery_links_token').on(t.token_hash),
    index('recovery_links_user').on(t.user_id, t.id),
    index('recovery_links_expiry').on(t.expires_at),
  ],
)

/**
 * API keys, with which a person's programs sign in. Only a hash of the secret is stored; `prefix` is the public part of
 * the key.
 */
export const api_keys = pgTable(
  'api_keys',
  {
    id: id(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    prefix: text().notNull(),
    hash: text().notNull(),
    scopes: text({ enum: KEY_SCOPES }).array().notNull(),
    /** The projects to which the key is bound; null: it works in all of its owner's. */
    project_ids: uuid().array(),
    expires_at: instant(),
    last_used_at: instant(),
    revoked_at: instant(),
    created_at: instant().notNull().default(clockTimestamp),
  },
  (t) => [
    index('api_keys_user').on(t.user_id, t.id),
    index('api_keys_expiry').on(t.expires_at).where(sql`expires_at is not null`),
    index('api_keys_revoked').on(t.revoked_at).where(sql`revoked_at is not null`),
    check('api_keys_scopes', sql.raw(`scopes <@ '{${KEY_SCOPES.join(',')}}' and cardinality(scopes) > 0`)),
  ],
)

/** Allows one e-mail address to register, once, where registration is not open. Only a hash of its token is kept. */
export const invitations = pgTable(
  'invitations',
  {
    id: id(),
    email: text().notNull(),
    role: text({ enum: USER_ROLES }).notNull(),
    token_hash: text().notNull(),
    created_by: uuid()
      .notNull()
      .references(() => users.id),
    created_at: instant().notNull().default(clockTimestamp),
    expires_at: instant().notNull(),
    used_at: instant(),
    revoked_at: instant(),
  },
  (t) => [
    uniqueIndex('invitations_token').on(t.token_hash),
    index('invitations_email').on(sql`lower(${t.email})`),
    index('invitations_expiry').on(t.expires_at),
    check('invitations_role', oneOf('role', USER_ROLES)),
  ],
)

/**
 * Single-use tickets with which a browser opens a socket, since it cannot send a header there. Each belongs to a
 * session or to an API key.
 */
export const ws_tickets = pgTable(
  'ws_tickets',
  {
    ticket_hash: text().primaryKey(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    session_id: uuid().references(() => sessions.id, { onDelete: 'cascade' }),
    key_id: uuid().references(() => api_keys.id, { onDelete: 'cascade' }),
    access_expires_at: instant().notNull(),
    expires_at: instant().notNull(),
  },
  (t) => [
    index('ws_tickets_expiry').on(t.expires_at),
    index('ws_tickets_user').on(t.user_id),
    index('ws_tickets_session').on(t.session_id),
    index('ws_tickets_key').on(t.key_id),
    check('ws_tickets_holder', sql`num_nonnulls(session_id, key_id) = 1`),
  ],
)
