-- Who may do what, decided in the statement that does it (invariants I1, I7), and sessions whose
-- rotation is settled by one statement.

create function role_rank(role text) returns int language sql immutable as $$
  select array_position(array['viewer', 'commenter', 'contributor', 'editor', 'manager'], role);
$$;

-- The account's role, when the account is active and its session alive; FT401 otherwise. From here
-- on the transaction writes as this actor. A null session is a caller inside the database.
create function authenticate(actor uuid, session uuid default null, request text default null) returns text language plpgsql as $$
declare account_role text;
begin
  select u.role into account_role from users u where u.id = actor and u.is_active and (session is null or exists (
    select 1 from sessions s where s.id = session and s.user_id = actor and s.revoked_at is null and s.expires_at > now()));
  if account_role is null then
    perform fail('FT401', 'token_revoked');
  end if;
  perform set_actor(actor, request);
  return account_role;
end $$;

create function require_admin(actor uuid, session uuid default null, request text default null) returns void language plpgsql as $$
begin
  if authenticate(actor, session, request) <> 'admin' then
    perform fail('FT403', 'forbidden');
  end if;
end $$;

-- Raises unless the actor may act in the project with at least this role. A global admin may.
create function check_role(project uuid, actor uuid, min_role text, account_role text) returns void language plpgsql as $$
declare member_role text;
begin
  if role_rank(min_role) is null then
    raise exception 'unknown role %', min_role;
  end if;
  if project is null or not exists (select 1 from projects where id = project) then
    perform fail('FT404', 'not_found');
  end if;
  if account_role = 'admin' then
    return;
  end if;
  select role into member_role from project_members where project_id = project and user_id = actor;
  if member_role is null then
    perform fail('FT404', 'not_found');
  elsif role_rank(member_role) < role_rank(min_role) then
    perform fail('FT403', 'forbidden', jsonb_build_object('role', member_role, 'required', min_role));
  end if;
end $$;

-- The first statement of a read: FT401, or FT404 for who is no member. Returns the project's head.
create function require_member(project uuid, actor uuid, session uuid default null) returns bigint language plpgsql as $$
begin
  perform check_role(project, actor, 'viewer', authenticate(actor, session));
  return (select event_seq from projects where id = project);
end $$;

-- The first statement of every write to a project: FT401, FT404, FT403, FT409. It locks the
-- project's row, so that what later statements read is truly current, and returns the head.
-- Who asks is checked before the lock (a stranger never waits on it, nor makes others wait) and again
-- under it (the session, the account or the membership may have ended meanwhile). A write ends within
-- 8 s, before its client gives up: an answer that it failed is then true.
create function require_role(project uuid, actor uuid, min_role text, session uuid default null, request text default null, allow_archived boolean default false)
returns bigint language plpgsql as $$
declare account_role text := authenticate(actor, session, request); head bigint; project_status text;
begin
  perform check_role(project, actor, min_role, account_role);
  perform set_config('lock_timeout', '5s', true), set_config('statement_timeout', '8s', true);
  select event_seq, status into head, project_status from projects where id = project for no key update;
  perform check_role(project, actor, min_role, authenticate(actor, session, request));
  if project_status = 'archived' and not allow_archived then
    perform fail('FT409', 'project_archived');
  end if;
  perform set_config('flowtrack.project', project::text, true), set_config('flowtrack.since', head::text, true);
  return head;
end $$;

-- FT422 unless the account exists and is active, and stays so until this commits.
create function require_active_user(candidate uuid) returns void language plpgsql as $$
begin
  perform 1 from users where id = candidate and is_active for share;
  if not found then
    perform fail('FT422', 'user_not_found', '{"path": "user_id"}');
  end if;
end $$;

-- If-Match: FT412 when the row has another version by now.
create function require_version(actual bigint, expected bigint) returns void language plpgsql as $$
begin
  if actual is null then
    perform fail('FT404', 'not_found');
  elsif actual <> expected then
    perform fail('FT412', 'version_mismatch', jsonb_build_object('expected', expected, 'actual', actual));
  end if;
end $$;

-- base_seq: FT409 with both values when a field was changed since `base` to something else than
-- what is proposed now; fields that nobody touched merge.
create function require_mergeable(project uuid, row_id uuid, base bigint, proposed jsonb) returns void language plpgsql as $$
declare clashes jsonb;
begin
  if base > (select event_seq from projects where id = project) then
    perform fail('FT422', 'validation_failed', '{"path": "base_seq"}');
  end if;
  with latest as (
    select distinct on (key) key, value -> 1 as theirs
    from activity_logs, jsonb_each(changes)
    where project_id = project and entity_id = row_id and seq > base
    order by key, seq desc)
  select jsonb_object_agg(key, jsonb_build_object('yours', yours.value, 'theirs', theirs)) into clashes
  from latest join jsonb_each(proposed) yours using (key)
  where yours.value <> theirs;
  if clashes is not null then
    perform fail('FT409', 'edit_conflict', jsonb_build_object('conflicts', clashes));
  end if;
end $$;

-- Accounts ------------------------------------------------------------------------------------

-- FT422 for a time zone that this Postgres does not know: lists differ from one runtime to another,
-- and a name that slipped in would fail every count of what is overdue.
create function require_timezone(zone text) returns void language plpgsql as $$
begin
  perform now() at time zone zone;
exception when invalid_parameter_value then
  perform fail('FT422', 'validation_failed', '{"path": "timezone"}');
end $$;

create function users_rules() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    -- The first account is the admin's; two at once queue up here, and only then.
    if not exists (select 1 from users) then
      perform pg_advisory_xact_lock(hashtext('flowtrack.first_account'));
      if not exists (select 1 from users) then
        new.role := 'admin';
      end if;
    end if;
    perform require_timezone(new.timezone);
    new.seq := 1;
    return new;
  end if;
  if old.role = 'admin' and old.is_active and (tg_op = 'DELETE' or new.role <> 'admin' or not new.is_active) then
    perform pg_advisory_xact_lock(hashtext('flowtrack.last_admin'));
    if not exists (select 1 from users where role = 'admin' and is_active and id <> old.id) then
      perform fail('FT409', 'last_admin');
    end if;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  if old.email = 'deleted-' || old.id || '@invalid' and new is distinct from old then
    perform fail('FT404', 'not_found'); -- anonymised for good
  end if;
  if new.timezone <> old.timezone then
    perform require_timezone(new.timezone);
  end if;
  new.seq := old.seq;
  new.updated_at := old.updated_at;
  if new is distinct from old then
    new.seq := old.seq + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end $$;

create trigger users_rules before insert or update or delete on users for each row execute function users_rules();

-- Sessions ------------------------------------------------------------------------------------

-- A password is compared outside: FT401 unless the hash that was compared is still the account's.
-- From here on it stays so until this commits: a sign-in and a change of password cannot cross.
create function require_password(person uuid, verified_hash text) returns void language plpgsql as $$
begin
  perform 1 from users where id = person and password_hash = verified_hash and is_active for no key update;
  if not found then
    perform fail('FT401', 'credentials_invalid');
  end if;
end $$;

-- Rotates a refresh token (RFC 9700, 4.14.2). The current token gives way to its successor; a token
-- one step old is answered with that same successor for `grace`, while the successor is unused (a
-- client that raced itself, or lost the answer); an older one is a replay and ends the session, if it
-- is `genuine`: what we never issued must not end anybody's session.
create function rotate_session(session uuid, presented text, successor text, grace interval, genuine boolean)
returns table (outcome text, user_id uuid, role text) language plpgsql as $$
declare s sessions; account users;
begin
  select * into s from sessions where id = session for update;
  if not found or s.revoked_at is not null or s.expires_at <= now() then
    return query select 'ended', s.user_id, null::text;
    return;
  end if;
  select * into account from users u where u.id = s.user_id;
  if not account.is_active then
    return query select 'ended', s.user_id, null::text;
  elsif s.refresh_hash = presented then
    update sessions set previous_hash = presented, refresh_hash = successor, rotated_at = clock_timestamp(), last_used_at = clock_timestamp() where id = session;
    return query select 'rotated', s.user_id, account.role;
  elsif s.previous_hash = presented and s.refresh_hash = successor and s.rotated_at > clock_timestamp() - grace then
    return query select 'rotated', s.user_id, account.role;
  elsif genuine then
    update sessions set revoked_at = clock_timestamp(), revoke_reason = 'refresh_reuse' where id = session;
    return query select 'reused', s.user_id, null::text;
  else
    return query select 'ended', s.user_id, null::text;
  end if;
end $$;

-- Spends a socket ticket: FT401 unless it is fresh and its session alive. One caller ever succeeds.
create function spend_ticket(hash text) returns table (user_id uuid, session_id uuid, access_expires_at timestamptz) language plpgsql as $$
declare t ws_tickets;
begin
  delete from ws_tickets where ticket_hash = hash returning * into t;
  if t.ticket_hash is null or t.expires_at <= now() then
    perform fail('FT401', 'ticket_invalid');
  end if;
  perform authenticate(t.user_id, t.session_id);
  return query select t.user_id, t.session_id, t.access_expires_at;
end $$;

-- Whether a socket may stay open: the account active, the session alive, the project readable.
create function has_access(project uuid, actor uuid, session uuid) returns boolean language sql stable as $$
  select exists (
    select 1 from users u join sessions s on s.user_id = u.id
    where u.id = actor and u.is_active and s.id = session and s.revoked_at is null and s.expires_at > now()
      and (u.role = 'admin' or exists (select 1 from project_members m where m.project_id = project and m.user_id = actor)));
$$;

-- Locks all of a person's projects, in the one order in which everybody locks several: no deadlock.
create function lock_projects_of(person uuid) returns void language plpgsql as $$
begin
  perform 1 from projects where id in (select project_id from project_members where user_id = person) order by id for no key update;
end $$;

create function lock_trash(cutoff timestamptz) returns void language plpgsql as $$
begin
  perform 1 from projects where id in (select project_id from tasks where deleted_at <= cutoff) order by id for no key update;
end $$;

-- Idempotency keys ----------------------------------------------------------------------------

-- The first statement of a keyed write. Claims the key in the transaction of the change: if that
-- fails, the key is free again. A repeat raises FT200 with the kept answer; it waits for a first
-- that is under way, up to 5 s (FT409). The same key for another request is FT422. An answer about a
-- project is kept from who has no access to it any more (FT404).
create function claim_key(actor uuid, session uuid, request text, claimed text, print text) returns void language plpgsql as $$
declare kept idempotency_keys; outer_limit text := current_setting('lock_timeout');
begin
  perform authenticate(actor, session, request);
  delete from idempotency_keys where user_id = actor and key = claimed and expires_at <= now();
  perform set_config('lock_timeout', '5s', true);
  insert into idempotency_keys (user_id, key, fingerprint, expires_at)
    values (actor, claimed, print, now() + interval '24 hours') on conflict do nothing;
  if found then
    perform set_config('lock_timeout', outer_limit, true);
    return;
  end if;
  select * into kept from idempotency_keys where user_id = actor and key = claimed;
  if kept.fingerprint <> print then
    perform fail('FT422', 'idempotency_key_reused');
  end if;
  if kept.response ->> 'project' is not null and not has_access((kept.response ->> 'project')::uuid, actor, session) then
    perform fail('FT404', 'not_found');
  end if;
  perform fail('FT200', 'replayed', jsonb_build_object('status', kept.status, 'response', kept.response));
exception when lock_not_available then
  perform fail('FT409', 'idempotency_in_flight');
end $$;

-- The last statement of a keyed write: keeps what it answers, with the warning if there is one.
create function keep_answer(actor uuid, claimed text, answered int, body jsonb, project uuid) returns jsonb language plpgsql as $$
declare whole jsonb := body; warning text := nullif(current_setting('flowtrack.warning', true), '');
begin
  if body is null then
    perform fail('FT404', 'not_found');
  end if;
  if warning is not null then
    whole := whole || jsonb_build_object('warnings', jsonb_build_array(warning::jsonb));
  end if;
  update idempotency_keys set status = answered,
    response = jsonb_build_object('project', project, 'head', (select event_seq from projects where id = project), 'body', whole)
    where user_id = actor and key = claimed;
  return whole;
end $$;
