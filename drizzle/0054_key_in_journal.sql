ALTER TABLE "activity_logs" ADD COLUMN "api_key" uuid;
--> statement-breakpoint
create or replace function key_name(key uuid) returns text language plpgsql stable as $$
begin
  if key is null then
    return null;
  end if;
  return coalesce((select name from api_keys where id = key), 'a deleted key');
end $$;
--> statement-breakpoint
create or replace function journal_append(project uuid, seq bigint, action text, entity text, entity_id uuid, task uuid, changes jsonb, data jsonb, moment timestamptz default clock_timestamp())
returns void language plpgsql as $$
declare actor text := current_setting('flowtrack.actor', true);
begin
  if coalesce(actor, '') = '' then
    perform fail('FT500', 'actor_missing');
  end if;
  insert into activity_logs (project_id, seq, user_id, action, entity, entity_id, task_id, changes, data, request_id, created_at, api_key)
  values (project, seq, nullif(actor, 'system')::uuid, action, entity, entity_id, task, changes, data,
          nullif(current_setting('flowtrack.request_id', true), ''), moment,
          case when actor <> 'system' then nullif(current_setting('flowtrack.api_key', true), '')::uuid end);
end $$;
--> statement-breakpoint
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
--> statement-breakpoint
create or replace function event_row(a activity_logs) returns jsonb language plpgsql stable as $$
declare told jsonb := journal_row(a);
begin
  if a.entity = 'comment' then
    told := told || jsonb_build_object('data', with_text(a.data));
  end if;
  if a.api_key is not null then
    told := told || jsonb_build_object('api_key', key_name(a.api_key));
  end if;
  return told;
end $$;
