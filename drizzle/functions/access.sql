-- Who may do what, decided in the transaction that does it (I1, I7).

-- Whether the credential of this transaction may be used in a project: an API key may be bound to some projects, and
-- is refused in all others.
create or replace function in_reach(project uuid) returns boolean language sql stable as $$
  select coalesce(project = any(nullif(current_setting('flowtrack.projects', true), '')::uuid[]), true);
$$;

-- Whether the actor of this transaction has an administrator's rights in it: an API key has them only with the scope
-- `admin`.
create or replace function acts_as_admin() returns boolean language sql stable as $$
  select current_setting('flowtrack.role', true) = 'admin';
$$;

-- FT403 for an API key that is bound to some projects. For operations that are not about one project.
create or replace function require_every_project() returns void language plpgsql as $$
begin
  if current_setting('flowtrack.projects', true) <> '' then
    perform fail('FT403', 'scope_missing', '{"say": "This API key is bound to some projects, and this request is not about one of them: use a key without project_ids, or sign in"}');
  end if;
end $$;

-- Makes the actor the author of this transaction, and returns the account's role in it. FT401 unless the account is
-- active and its credential valid. `credential`: the id of a session (a signed token has named it) or, if
-- `secret_hash` is given, of an API key; FT403 when the key lacks `scope`. A null credential is a caller inside the
-- database.
create or replace function authenticate(actor uuid, credential uuid default null, request text default null, scope text default 'read', secret_hash text default null)
returns text language plpgsql as $$
declare account_role text; key api_keys;
begin
  if secret_hash is null then
    select u.role into account_role from users u where u.id = actor and u.is_active and (credential is null or exists (
      select 1 from sessions s where s.id = credential and s.user_id = actor and s.revoked_at is null and s.expires_at > now()));
    if account_role is null then
      perform fail('FT401', 'token_revoked');
    end if;
  else
    select k.* into key from api_keys k where k.id = credential and k.user_id = actor and k.hash = secret_hash
      and k.revoked_at is null and (k.expires_at > now()) is not false;
    select case when 'admin' = any(key.scopes) then u.role else 'member' end into account_role
      from users u where u.id = key.user_id and u.is_active;
    if account_role is null then
      perform fail('FT401', 'key_invalid');
    elsif scope <> all(key.scopes) then
      perform fail('FT403', 'scope_missing', jsonb_build_object('scope', scope));
    end if;
  end if;
  perform set_actor(actor, request);
  perform set_config('flowtrack.role', account_role, true), set_config('flowtrack.projects', coalesce(key.project_ids::text, ''), true),
    set_config('flowtrack.api_key', coalesce(key.id::text, ''), true);
  return account_role;
end $$;

-- `authenticate`, and FT403 unless the actor acts as an administrator: `scope_missing` for an administrator's API key
-- without the scope `admin`, else `forbidden`.
create or replace function require_admin(actor uuid, credential uuid default null, request text default null, scope text default 'read', secret_hash text default null)
returns void language plpgsql as $$
begin
  if authenticate(actor, credential, request, scope, secret_hash) = 'admin' then
    return;
  elsif exists (select 1 from users where id = actor and role = 'admin') then
    perform fail('FT403', 'scope_missing', '{"scope": "admin"}');
  end if;
  perform fail('FT403', 'forbidden');
end $$;

-- FT404 when the actor may not see the project or there is none, FT403 when their role in it is lower than
-- `min_role`. An administrator (`account_role`) may do everything, in every project that the API key may reach.
create or replace function check_role(project uuid, actor uuid, min_role text, account_role text) returns void language plpgsql as $$
declare member_role text;
begin
  if role_rank(min_role) is null then
    raise exception 'unknown role %', min_role;
  end if;
  if project is null or not in_reach(project) or not exists (select 1 from projects where id = project) then
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

-- Whether a session's person is a member of the project with at least this role. Most writers are, and one query
-- finds it. For administrators, API keys and everybody who is refused, `authenticate` and `check_role` decide.
create or replace function is_admitted(project uuid, actor uuid, min_role text, session uuid) returns boolean language plpgsql as $$
begin
  return exists (select 1 from users u
    join sessions s on s.id = session and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    join project_members m on m.project_id = project and m.user_id = u.id and role_rank(m.role) >= role_rank(min_role)
    where u.id = actor and u.is_active and u.role <> 'admin');
end $$;

-- The first statement of every write to a project. Sets the transaction's time limits (5 s for a lock, 8 s for a
-- statement), locks the project's row, so that later statements read what is current, makes the actor its author, and
-- sets flowtrack.project and flowtrack.since. Returns the head. FT401 and FT403 as `authenticate`, FT404 and FT403 as
-- `check_role`, FT409 for an archived project unless `allow_archived`. The actor's rights are checked before the lock
-- (a user who is not a member never waits for it, nor makes others wait) and again under it (the session, the account
-- or the membership may have ended meanwhile). A write ends within 8 s, before its client gives up: if the client is
-- told that it failed, it has failed.
create or replace function require_role(project uuid, actor uuid, min_role text, credential uuid default null, request text default null, allow_archived boolean default false, secret_hash text default null)
returns bigint language plpgsql as $$
declare head bigint; project_status text; noted text;
begin
  noted := concat(set_config('lock_timeout', '5s', true), set_config('statement_timeout', '8s', true));
  if secret_hash is null then -- of who is not admitted, this locks nothing
    select p.event_seq, p.status into head, project_status from projects p
      join project_members m on m.project_id = p.id and m.user_id = actor and role_rank(m.role) >= role_rank(min_role)
      join users u on u.id = actor and u.is_active and u.role <> 'admin'
      join sessions s on s.id = credential and s.user_id = actor and s.revoked_at is null and s.expires_at > now()
      where p.id = project for no key update of p;
  end if;
  if head is null then
    perform check_role(project, actor, min_role, authenticate(actor, credential, request, 'write', secret_hash));
    select event_seq, status into head, project_status from projects where id = project for no key update;
  end if;
  if secret_hash is null and is_admitted(project, actor, min_role, credential) then
    noted := concat(set_config('flowtrack.actor', actor::text, true), set_config('flowtrack.request_id', coalesce(request, ''), true),
      set_config('flowtrack.role', 'member', true), set_config('flowtrack.projects', '', true));
  else
    perform check_role(project, actor, min_role, authenticate(actor, credential, request, 'write', secret_hash));
  end if;
  if project_status = 'archived' and not allow_archived then
    perform fail('FT409', 'project_archived');
  end if;
  noted := concat(set_config('flowtrack.project', project::text, true), set_config('flowtrack.since', head::text, true));
  return head;
end $$;

-- Whether a caller may change tasks of a project, as far as can be seen without a lock. `credential` and `secret_hash`
-- are those of `authenticate`.
create or replace function may_change(project uuid, actor uuid, credential uuid, secret_hash text) returns boolean language sql stable as $$
  select has_access(project, actor, credential) and role_rank(project_role(project, actor)) >= role_rank('contributor')
    and (secret_hash is null or exists (select 1 from api_keys k where k.id = credential and k.hash = secret_hash));
$$;

-- The first statement of a write that needs the locks of two projects: its guard locks `here`, and the write itself
-- `there`. Whichever of two such writes comes first, the project with the lower id is locked first, so that they do not
-- wait for each other. It refuses nothing: the guard and `lock_other_side` check the rights. A user who is
-- not a member locks nothing.
create or replace function lock_lower(here uuid, there uuid, actor uuid, credential uuid, secret_hash text) returns void language plpgsql as $$
begin
  if there < here and may_change(here, actor, credential, secret_hash) and may_change(there, actor, credential, secret_hash) then
    perform set_config('lock_timeout', '5s', true), set_config('statement_timeout', '8s', true);
    perform 1 from projects where id = there for no key update;
  end if;
end $$;

-- FT404 unless the actor of this transaction, who is authenticated already, may read the project.
create or replace function require_reader(project uuid) returns void language plpgsql as $$
begin
  perform check_role(project, current_setting('flowtrack.actor')::uuid, 'viewer', current_setting('flowtrack.role'));
end $$;

-- FT404 unless `person` is the actor: nobody sees another person's inbox, administrators included. FT403 for an API
-- key that is bound to some projects.
create or replace function require_self(person uuid) returns void language plpgsql as $$
begin
  if person::text is distinct from current_setting('flowtrack.actor', true) then
    perform fail('FT404', 'not_found');
  end if;
  perform require_every_project();
end $$;

-- Whether an active account may read an existing project by this `credential`: the id of a live session, or of a live
-- API key that may reach the project.
create or replace function has_access(project uuid, actor uuid, credential uuid) returns boolean language sql stable as $$
  select exists (
    select 1 from users u
    left join sessions s on s.id = credential and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    left join api_keys k on k.id = credential and k.user_id = u.id and k.revoked_at is null and (k.expires_at > now()) is not false
    where u.id = actor and u.is_active
      and (s.id is not null or (k.id is not null and (project = any(k.project_ids)) is not false))
      and ((u.role = 'admin' and (s.id is not null or 'admin' = any(k.scopes)) and exists (select 1 from projects p where p.id = project))
        or exists (select 1 from project_members m where m.project_id = project and m.user_id = actor)));
$$;

-- Whether an account is active and this `credential` alive: the id of a session or an API key of the account.
create or replace function has_session(actor uuid, credential uuid) returns boolean language sql stable as $$
  select exists (
    select 1 from users u
    left join sessions s on s.id = credential and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    left join api_keys k on k.id = credential and k.user_id = u.id and k.revoked_at is null and (k.expires_at > now()) is not false
    where u.id = actor and u.is_active and (s.id is not null or k.id is not null));
$$;

-- A person's role in a project, 'manager' for an administrator; null when the account is not active or not there, or
-- when the person is no member.
create or replace function project_role(project uuid, person uuid) returns text language sql stable as $$
  select case when u.role = 'admin' then 'manager' else m.role end
  from users u left join project_members m on m.user_id = u.id and m.project_id = project
  where u.id = person and u.is_active;
$$;

-- Whether an account was deleted: anonymised for good.
create or replace function is_deleted(account users) returns boolean language sql immutable as $$
  select account.email = 'deleted-' || account.id || '@invalid';
$$;

-- Whether a manager with this account may remain as the last one when `person` goes: one whose account is active, or
-- who is at least not deleted if that of `person` is disabled, too.
create or replace function can_replace(account users, person uuid) returns boolean language sql stable as $$
  select not is_deleted(account) and (account.is_active or not (select is_active from users where id = person));
$$;

-- FT422 unless the account exists and is active, and stays so until this commits.
create or replace function require_active_user(candidate uuid) returns void language plpgsql as $$
begin
  perform 1 from users where id = candidate and is_active for share;
  if not found then
    perform fail('FT422', 'user_not_found', '{"path": "user_id"}');
  end if;
end $$;

-- FT422 for a time zone that this Postgres does not know. The Worker's list may have others, and with an unknown zone
-- in an account every query for overdue tasks would fail.
create or replace function require_timezone(zone text) returns void language plpgsql as $$
begin
  perform now() at time zone zone;
exception when invalid_parameter_value then
  perform fail('FT422', 'validation_failed', '{"path": "timezone"}');
end $$;

-- BEFORE an account is written or deleted. The first account is an administrator's. FT409 when the last active
-- administrator would go, FT422 for an unknown time zone, FT404 for a change of a deleted account. A change
-- increases the account's `seq`, and disabling the account ends its leases.
create or replace function users_rules() returns trigger language plpgsql as $$
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
  if is_deleted(old) and new is distinct from old then
    perform fail('FT404', 'not_found');
  end if;
  if new.timezone <> old.timezone then
    perform require_timezone(new.timezone);
  end if;
  if old.is_active and not new.is_active then
    perform expire_claims(new.id);
  end if;
  new.seq := old.seq;
  new.updated_at := old.updated_at;
  if new is distinct from old then
    new.seq := old.seq + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end $$;

-- FT409 when a person already has `allowed` live keys; FT422 when they bind a key to a project that they cannot see.
-- It also deletes this person's ended keys (revoked or expired), all but the newest `allowed`.
create or replace function require_new_key(person uuid, projects uuid[], allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from api_keys where user_id = person and revoked_at is null and (expires_at > now()) is not false) >= allowed then
    perform fail('FT409', 'too_many_keys', jsonb_build_object('limit', allowed, 'say',
      format('You can have at most %s API keys: revoke one that is no longer used', allowed)));
  elsif exists (select 1 from unnest(projects) wanted where not acts_as_admin()
      and not exists (select 1 from project_members m where m.project_id = wanted and m.user_id = person)) then
    perform fail('FT422', 'validation_failed', '{"path": "project_ids", "message": "contains a project of which you are not a member: ask a manager of it to add you, or leave it out"}');
  end if;
  delete from api_keys where id in (
    select k.id from api_keys k where k.user_id = person and (k.revoked_at is not null or k.expires_at <= now()) order by k.id desc offset allowed);
end $$;

-- FT404 when the person never was a member of the project. To repeat a removal whose answer was lost is no error. The
-- index for this has one entry for each removal.
create or replace function require_ever_member(project uuid, person uuid) returns void language plpgsql as $$
begin
  if not exists (select 1 from project_members m where m.project_id = project and m.user_id = person)
    and not exists (select 1 from activity_logs a where a.project_id = project and a.action = 'member.removed'
      and a.data ->> 'user_id' = person::text) then
    perform fail('FT404', 'not_found');
  end if;
end $$;

-- The project of a task, named by its id or its number; null when there is no such task, or it is in the trash.
create or replace function project_of_task(named text) returns uuid language plpgsql stable as $$
declare card uuid := task_id(named);
begin
  return (select t.project_id from tasks t where t.id = card and t.deleted_at is null);
end $$;

-- The id of a task that is named by its id or its number; null for a number that no task has. An id is returned as it
-- is: whether there is such a task, and who may see it, is not checked.
create or replace function task_id(named text) returns uuid language plpgsql stable as $$
begin
  if length(named) = 36 then
    return named::uuid;
  end if;
  return (select t.id from projects p join tasks t on t.project_id = p.id and t.number = named where p.key = split_part(named, '-', 1));
end $$;

-- A task may go to another project while a writer waits for the lock of its former project (transfer.sql). Then the
-- guard of the new project must decide, so this raises 40001, and the write is sent once more. Call it after
-- require_role, under the lock. It is volatile so that its queries see what was committed during the wait.
create or replace function require_unmoved(kind text, named text) returns void language plpgsql volatile as $$
declare there uuid;
begin
  if kind in ('task', 'trashed_task') then
    select project_id into there from tasks where id = task_id(named);
  elsif kind = 'comment' then
    select project_id into there from comments where id = named::uuid;
  elsif kind = 'checklist' then
    select project_id into there from checklists where id = named::uuid;
  elsif kind = 'checklist_item' then
    select project_id into there from checklist_items where id = named::uuid;
  elsif kind = 'task_link' then
    select project_id into there from task_links where id = named::uuid;
  end if;
  if there <> current_setting('flowtrack.project')::uuid then
    raise exception using errcode = 'serialization_failure', message = 'the task has gone to another project meanwhile';
  end if;
end $$;
