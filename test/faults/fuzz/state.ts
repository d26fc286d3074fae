/** Reads the state of the tenants from the database, as no answer of the API shows all of it. */

/** Whether the four callers are active, have their roles, and are signed in. */
export const ARE_CALLERS_INTACT = `select count(*) = 4 as intact from users
  where id = any($1) and is_active and (role = 'admin') = (id = $2)
    and exists (select 1 from sessions s where s.id = any($3) and s.user_id = users.id and s.revoked_at is null)`
/** Whether a board is open, has its first columns, its manager and its second member. */
export const IS_BOARD_INTACT = `select count(*) = 1 as intact from projects p where p.id = $1 and p.status <> 'archived'
  and (select count(*) from board_columns where project_id = p.id and key = any($2)) = 4
  and exists (select 1 from project_members where project_id = p.id and user_id = $3 and role = 'manager')
  and exists (select 1 from project_members where project_id = p.id and user_id = $4)`

/** The tasks in a board's trash, and up to 5 notifications about it: perhaps no answer has given their ids yet. */
export const HIDDEN = `select 'tasks' as kind, id from tasks where project_id = $1 and deleted_at is not null
  union all (select 'notifications', id from notifications where project_id = $1 limit 5)`

/** The id of the session that an access token names. */
export const sessionOf = (access: string): string =>
  JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()).sid
