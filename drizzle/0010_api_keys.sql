CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"project_ids" uuid[],
	"expires_at" timestamp(3) with time zone,
	"last_used_at" timestamp(3) with time zone,
	"revoked_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "api_keys_scopes" CHECK (scopes <@ '{read,write,admin}' and cardinality(scopes) > 0)
);
--> statement-breakpoint
ALTER TABLE "ws_tickets" ALTER COLUMN "session_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ws_tickets" ADD COLUMN "key_id" uuid;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_user" ON "api_keys" USING btree ("user_id","id");--> statement-breakpoint
ALTER TABLE "ws_tickets" ADD CONSTRAINT "ws_tickets_key_id_api_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ws_tickets" ADD CONSTRAINT "ws_tickets_holder" CHECK (num_nonnulls(session_id, key_id) = 1);--> statement-breakpoint
-- API keys: a second kind of credential, beside sessions. Its rights are its scopes, cut with what its
-- owner may do at that moment. The first statement of a transaction checks it, as it checks a session,
-- and leaves behind what the key narrows: `flowtrack.role`, the role that the actor has in this
-- transaction (an administrator's key without the scope `admin` acts for a member), and
-- `flowtrack.projects`, the projects that exist for it (empty: all).

drop function authenticate(uuid, uuid, text);
drop function require_admin(uuid, uuid, text);
drop function require_member(uuid, uuid, uuid);
drop function require_role(uuid, uuid, text, uuid, text, boolean);
drop function claim_key(uuid, uuid, text, text, text);
drop function spend_ticket(text);

-- Whether a project exists for the credential of this transaction.
create function in_reach(project uuid) returns boolean language sql stable as $$
  select coalesce(project = any(nullif(current_setting('flowtrack.projects', true), '')::uuid[]), true);
$$;

-- Whether the actor of this transaction has an administrator's power in it.
create function acts_as_admin() returns boolean language sql stable as $$
  select current_setting('flowtrack.role', true) = 'admin';
$$;

-- FT403 for a key that is bound to some projects: for what concerns all of them.
create function require_every_project() returns void language plpgsql as $$
begin
  if current_setting('flowtrack.projects', true) <> '' then
    perform fail('FT403', 'scope_missing', '{"scope": "every project"}');
  end if;
end $$;

-- The account's role in this transaction, when the account is active and its credential alive; FT401
-- otherwise. A credential is the id of a session (a signed token has named it) or, with the hash of
-- its secret, of an API key; FT403 when the key has not this scope. From here on the transaction
-- writes as this actor. A null credential is a caller inside the database.
create function authenticate(actor uuid, credential uuid default null, request text default null, scope text default 'read', secret_hash text default null)
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
  perform set_config('flowtrack.role', account_role, true), set_config('flowtrack.projects', coalesce(key.project_ids::text, ''), true);
  return account_role;
end $$;

create function require_admin(actor uuid, credential uuid default null, request text default null, scope text default 'read', secret_hash text default null)
returns void language plpgsql as $$
begin
  if authenticate(actor, credential, request, scope, secret_hash) = 'admin' then
    return;
  elsif exists (select 1 from users where id = actor and role = 'admin') then
    perform fail('FT403', 'scope_missing', '{"scope": "admin"}');
  end if;
  perform fail('FT403', 'forbidden');
end $$;

-- Raises unless the actor may act in the project with at least this role. A global admin may.
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

-- The first statement of a read: FT401, FT403, or FT404 for who is no member. Returns the project's head.
create function require_member(project uuid, actor uuid, credential uuid default null, secret_hash text default null) returns bigint language plpgsql as $$
begin
  perform check_role(project, actor, 'viewer', authenticate(actor, credential, null, 'read', secret_hash));
  return (select event_seq from projects where id = project);
end $$;

-- The first statement of every write to a project: FT401, FT404, FT403, FT409. It locks the
-- project's row, so that what later statements read is truly current, and returns the head.
-- Who asks is checked before the lock (a stranger never waits on it, nor makes others wait) and again
-- under it (the session, the account or the membership may have ended meanwhile). A write ends within
-- 8 s, before its client gives up: an answer that it failed is then true.
create function require_role(project uuid, actor uuid, min_role text, credential uuid default null, request text default null, allow_archived boolean default false, secret_hash text default null)
returns bigint language plpgsql as $$
declare account_role text := authenticate(actor, credential, request, 'write', secret_hash); head bigint; project_status text;
begin
  perform check_role(project, actor, min_role, account_role);
  perform set_config('lock_timeout', '5s', true), set_config('statement_timeout', '8s', true);
  select event_seq, status into head, project_status from projects where id = project for no key update;
  perform check_role(project, actor, min_role, authenticate(actor, credential, request, 'write', secret_hash));
  if project_status = 'archived' and not allow_archived then
    perform fail('FT409', 'project_archived');
  end if;
  perform set_config('flowtrack.project', project::text, true), set_config('flowtrack.since', head::text, true);
  return head;
end $$;

-- For the actor of this transaction, who is authenticated: FT404 for a project that is not theirs to read.
create function require_reader(project uuid) returns void language plpgsql as $$
begin
  perform check_role(project, current_setting('flowtrack.actor')::uuid, 'viewer', current_setting('flowtrack.role'));
end $$;

-- FT404 unless this is the actor: another person's inbox does not exist, for administrators too.
create or replace function require_self(person uuid) returns void language plpgsql as $$
begin
  if person::text is distinct from current_setting('flowtrack.actor', true) then
    perform fail('FT404', 'not_found');
  end if;
  perform require_every_project();
end $$;

-- Spends a socket ticket: FT401 unless it is fresh and its session or key alive. One caller ever succeeds.
create function spend_ticket(hash text) returns table (user_id uuid, session_id uuid, access_expires_at timestamptz, by_key boolean) language plpgsql as $$
declare t ws_tickets;
begin
  delete from ws_tickets where ticket_hash = spend_ticket.hash returning * into t;
  if t.ticket_hash is null or t.expires_at <= now() then
    perform fail('FT401', 'ticket_invalid');
  end if;
  perform authenticate(t.user_id, coalesce(t.session_id, t.key_id), null, 'read', (select k.hash from api_keys k where k.id = t.key_id));
  return query select t.user_id, coalesce(t.session_id, t.key_id), t.access_expires_at, t.key_id is not null;
end $$;

-- Whether a socket may stay open: the account active, its session or key alive, the project readable.
create or replace function has_access(project uuid, actor uuid, session uuid) returns boolean language sql stable as $$
  select exists (
    select 1 from users u
    left join sessions s on s.id = session and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    left join api_keys k on k.id = session and k.user_id = u.id and k.revoked_at is null and (k.expires_at > now()) is not false
    where u.id = actor and u.is_active
      and (s.id is not null or (k.id is not null and (project = any(k.project_ids)) is not false))
      and ((u.role = 'admin' and (s.id is not null or 'admin' = any(k.scopes)))
        or exists (select 1 from project_members m where m.project_id = project and m.user_id = actor)));
$$;

-- Whether a socket of an inbox may stay open: the account active, its session or key alive.
create or replace function has_session(actor uuid, session uuid) returns boolean language sql stable as $$
  select exists (
    select 1 from users u
    left join sessions s on s.id = session and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    left join api_keys k on k.id = session and k.user_id = u.id and k.revoked_at is null and (k.expires_at > now()) is not false
    where u.id = actor and u.is_active and (s.id is not null or k.id is not null));
$$;

-- The first statement of a keyed write. Claims the key in the transaction of the change: if that
-- fails, the key is free again. A repeat raises FT200 with the kept answer; it waits for a first
-- that is under way, up to 5 s (FT409). The same key for another request is FT422. An answer about a
-- project is kept from who has no access to it any more (FT404).
create function claim_key(actor uuid, credential uuid, request text, claimed text, print text, secret_hash text default null) returns void language plpgsql as $$
declare kept idempotency_keys; outer_limit text := current_setting('lock_timeout');
begin
  perform authenticate(actor, credential, request, 'write', secret_hash);
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
  if kept.response ->> 'project' is not null and not has_access((kept.response ->> 'project')::uuid, actor, credential) then
    perform fail('FT404', 'not_found');
  end if;
  perform fail('FT200', 'replayed', jsonb_build_object('status', kept.status, 'response', kept.response));
exception when lock_not_available then
  perform fail('FT409', 'idempotency_in_flight');
end $$;

-- FT409 when a person has as many live keys as anybody needs; FT422 when they bind a key to a project
-- that they cannot see.
create function require_new_key(person uuid, projects uuid[]) returns void language plpgsql as $$
begin
  if (select count(*) from api_keys where user_id = person and revoked_at is null and (expires_at > now()) is not false) >= 50 then
    perform fail('FT409', 'too_many_keys');
  elsif exists (select 1 from unnest(projects) wanted where not acts_as_admin()
      and not exists (select 1 from project_members m where m.project_id = wanted and m.user_id = person)) then
    perform fail('FT422', 'validation_failed', '{"path": "project_ids", "message": "names a project that you are no member of"}');
  end if;
end $$;
