ALTER TABLE "projects" ADD COLUMN "task_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "charged_to" uuid;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "quotas" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_charged_to_users_id_fk" FOREIGN KEY ("charged_to") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "projects_charged" ON "projects" USING btree ("charged_to");--> statement-breakpoint
CREATE INDEX "ws_tickets_user" ON "ws_tickets" USING btree ("user_id");--> statement-breakpoint
-- No counter of an event: the triggers that journal a project do not look at these columns.
update projects p set charged_to = created_by, task_count = (select count(*) from tasks t where t.project_id = p.id);
--> statement-breakpoint
drop function require_new_key(uuid, uuid[]);
--> statement-breakpoint
drop function require_new_invitation(text);
--> statement-breakpoint
create or replace function journal_row(r jsonb) returns jsonb language sql immutable as $$
  select (r - '{event_seq,stream_epoch,task_counter,task_count,charged_to,quotas}'::text[]) || coalesce((
    select jsonb_object_agg(key, case
      when key = 'position' then to_jsonb(value #>> '{}')
      else to_jsonb(to_char((value #>> '{}')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    end)
    from jsonb_each(r)
    where (key = 'position' or key like '%\_at') and value <> 'null'), '{}');
$$;
--> statement-breakpoint
create or replace function journal_stamp() returns trigger language plpgsql as $$
declare counter int; project_key text;
begin
  if tg_op = 'UPDATE' then
    if current_setting('flowtrack.renumbering', true) = 'on' then
      return new;
    end if;
    new.seq := old.seq;
    new.updated_at := old.updated_at;
    if new is not distinct from old then
      return new;
    end if;
    if new.id <> old.id or new.project_id <> old.project_id then
      perform fail('FT500', 'identity_is_immutable');
    end if;
    if tg_table_name = 'project_members' then
      if new.user_id <> old.user_id then
        perform fail('FT500', 'identity_is_immutable');
      end if;
    end if;
    new.seq := next_seq(new.project_id);
  elsif tg_table_name = 'tasks' then
    update projects set event_seq = event_seq + 1, task_counter = task_counter + 1, task_count = task_count + 1
      where id = new.project_id returning event_seq, task_counter, key into new.seq, counter, project_key;
    new.number := project_key || '-' || counter;
  else
    new.seq := next_seq(new.project_id);
  end if;
  new.updated_at := clock_timestamp();
  return new;
end $$;
--> statement-breakpoint
create or replace function journal_write() returns trigger language plpgsql as $$
declare
  entity text := tg_argv[0];
  verb text;
  changes jsonb := '{}';
  o jsonb; n jsonb; task uuid; deleted_seq bigint;
begin
  if tg_op = 'DELETE' then
    update projects set event_seq = event_seq + 1, task_count = task_count - (entity = 'task')::int
      where id = old.project_id returning event_seq into deleted_seq;
    if deleted_seq is null then -- the whole project goes: its own last event says so
      return null;
    end if;
    o := journal_row(to_jsonb(old));
    task := case when entity = 'task' then old.id end;
    perform journal_append(old.project_id, deleted_seq, entity || '.' || tg_argv[2], entity, old.id, task, '{}', o);
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if new.seq = old.seq or current_setting('flowtrack.renumbering', true) = 'on' then
      return null;
    end if;
    o := journal_row(to_jsonb(old));
  end if;
  n := journal_row(to_jsonb(new));
  if tg_op = 'INSERT' then
    verb := tg_argv[1];
  else
    changes := journal_changes(o, n);
    verb := case
      when entity <> 'task' then 'updated'
      when changes ? 'deleted_at' then case when n -> 'deleted_at' = 'null' then 'restored' else 'deleted' end
      when changes ?| '{status,position}' then 'moved'
      else 'updated' end;
  end if;
  task := case when entity = 'task' then new.id end;
  perform journal_append(new.project_id, new.seq, entity || '.' || verb, entity, new.id, task, changes, n, new.updated_at);
  return null;
end $$;
--> statement-breakpoint
create or replace function columns_rules() returns trigger language plpgsql as $$
declare was text;
begin
  if tg_op = 'INSERT' then
    select data ->> 'category' into was from activity_logs
      where project_id = new.project_id and action = 'column.deleted' and data ->> 'key' = new.key order by seq desc limit 1;
  elsif tg_op = 'DELETE' then
    if exists (select 1 from projects where id = old.project_id) and not exists (select 1 from board_columns where project_id = old.project_id) then
      perform fail('FT409', 'last_column');
    end if;
    return null;
  elsif new.key <> old.key then
    perform fail('FT500', 'identity_is_immutable');
  else
    was := old.category;
  end if;
  if was <> new.category and '{in_progress,done,cancelled}'::text[] && array[was, new.category] then
    perform reread_dates(new.project_id, new.key, 'in_progress' in (was, new.category));
    if is_final(was) and not is_final(new.category) then
      perform let_rest(new.project_id);
    end if;
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid; made int;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('event_seq', lines, 'task_counter', counter, 'charged_to', importer, 'task_count', 0, 'quotas', '{}', 'stream_epoch', gen_random_uuid())) as row;
  insert into board_columns select row.* from import_last(job, 'column') c, jsonb_populate_record(null::board_columns, c.data) as row;
  insert into project_members select distinct on (row.user_id) row.* from import_last(job, 'member') m,
    jsonb_populate_record(null::project_members, m.data) as row order by row.user_id, role_rank(row.role) desc, m.seq;
  insert into tasks select * from import_tasks(job);
  get diagnostics made = row_count;
  update projects set task_count = made where id = project;
  insert into activity_logs select row.* from import_lines l, jsonb_populate_record(null::activity_logs, l.entry) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer);
  perform import_invite(project, importer);
  perform let_rest(project);
  delete from imports where id = job;
end $$;
--> statement-breakpoint
create or replace function require_new_key(person uuid, projects uuid[], allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from api_keys where user_id = person and revoked_at is null and (expires_at > now()) is not false) >= allowed then
    perform fail('FT409', 'too_many_keys', jsonb_build_object('limit', allowed, 'say',
      format('You may have %s API keys: revoke one that is no longer used', allowed)));
  elsif exists (select 1 from unnest(projects) wanted where not acts_as_admin()
      and not exists (select 1 from project_members m where m.project_id = wanted and m.user_id = person)) then
    perform fail('FT422', 'validation_failed', '{"path": "project_ids", "message": "names a project that you are no member of"}');
  end if;
  delete from api_keys where id in (
    select k.id from api_keys k where k.user_id = person and (k.revoked_at is not null or k.expires_at <= now()) order by k.id desc offset allowed);
end $$;
--> statement-breakpoint
create or replace function require_new_invitation(address text, allowed int) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('flowtrack.invitations'));
  if exists (select 1 from users where lower(email) = lower(address)) then
    perform fail('FT409', 'email_taken');
  end if;
  update invitations set revoked_at = clock_timestamp() where lower(email) = lower(address) and used_at is null and revoked_at is null;
  if (select count(*) from invitations where expires_at > now() and used_at is null and revoked_at is null) >= allowed then
    perform fail('FT409', 'too_many_invitations', jsonb_build_object('limit', allowed, 'say',
      format('%s invitations wait to be used: withdraw some by DELETE /invitations/{id}', allowed)));
  end if;
  delete from invitations where id in (
    select i.id from invitations i where i.used_at is not null or i.revoked_at is not null or i.expires_at <= now() order by i.id desc offset allowed);
end $$;
--> statement-breakpoint
create or replace function require_recoverable(person uuid) returns void language plpgsql as $$
declare account users;
begin
  select * into account from users where id = person for no key update;
  if not found or account.email = 'deleted-' || person || '@invalid' then
    perform fail('FT404', 'not_found');
  elsif not account.is_active then
    perform fail('FT409', 'account_disabled');
  end if;
  delete from recovery_links where user_id = person and (used_at is null
    or id < (select l.id from recovery_links l where l.user_id = person and l.used_at is not null order by l.id desc limit 1));
end $$;
--> statement-breakpoint
create or replace function project_quota(project uuid, what text, usual int) returns int language sql stable as $$
  select coalesce((quotas ->> what)::int, usual) from projects where id = project;
$$;
--> statement-breakpoint
create or replace function room_for_task(project uuid, usual int) returns text language plpgsql as $$
declare held int; allowed int;
begin
  select task_count, coalesce((quotas ->> 'tasks')::int, usual) into held, allowed from projects where id = project;
  if held >= allowed then
    perform fail('FT409', 'too_many_tasks', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s tasks, with those in the trash: delete some that are done with, which count until the trash lets them go, begin another project, or ask an administrator for more', allowed)));
  end if;
  return '';
end $$;
--> statement-breakpoint
create or replace function check_room(project uuid, what text, usual int) returns void language plpgsql as $$
declare allowed int := project_quota(project, what, usual);
begin
  if what = 'columns' and (select count(*) from board_columns where project_id = project) > allowed then
    perform fail('FT409', 'too_many_columns', jsonb_build_object('limit', allowed, 'say',
      format('This board may have %s columns: delete one first, or ask an administrator for more', allowed)));
  elsif what = 'members' and (select count(*) from project_members where project_id = project) > allowed then
    perform fail('FT409', 'too_many_members', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s members: remove one first, or ask an administrator for more', allowed)));
  end if;
end $$;
--> statement-breakpoint
create or replace function require_room_for_project(person uuid, allowed int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  if (select count(*) from projects where charged_to = person) >= allowed then
    perform fail('FT409', 'too_many_projects', jsonb_build_object('limit', allowed, 'say',
      format('You may have made or imported %s projects that there still are: delete one first', allowed)));
  end if;
end $$;
--> statement-breakpoint
create or replace function require_room_for_link(project uuid, person uuid, usual int, each int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'links', usual);
begin
  perform 1 from projects where id = project for no key update;
  perform 1 from users where id = person for no key update;
  delete from report_links where id in (
    select l.id from report_links l where l.user_id = person and (l.revoked_at is not null or l.expires_at <= now()) order by l.id desc offset each);
  if (select count(*) from report_links l where l.user_id = person and l.revoked_at is null and l.expires_at > now()
      and project_role(l.project_id, person) is not null) >= each then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', each, 'say',
      format('You may have %s links: withdraw one by DELETE /reports/links/{id}, or wait until one expires', each)));
  elsif (select count(*) from report_links l where l.project_id = project and l.revoked_at is null and l.expires_at > now()
      and project_role(project, l.user_id) is not null) >= allowed then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s links: let a manager withdraw some by DELETE /reports/links/{id}, or ask an administrator for more', allowed)));
  end if;
end $$;
--> statement-breakpoint
create or replace function require_room_for_ticket(person uuid, allowed int, seconds int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  delete from ws_tickets where user_id = person and expires_at <= now();
  if (select count(*) from ws_tickets where user_id = person) >= allowed then
    perform fail('FT429', 'too_many_tickets', jsonb_build_object('limit', allowed, 'retry_after', seconds, 'say',
      format('%s tickets of yours wait to be used: open sockets with those, or wait %s seconds until they end', allowed, seconds)));
  end if;
end $$;
--> statement-breakpoint
create or replace function end_surplus_sessions(person uuid, allowed int) returns setof uuid language plpgsql as $$
begin
  return query update sessions set revoked_at = clock_timestamp(), revoke_reason = 'surplus' where id in (
    select s.id from sessions s where s.user_id = person and s.revoked_at is null and s.expires_at > now() order by s.id desc offset allowed)
    returning id;
  delete from sessions where id in (
    select s.id from sessions s where s.user_id = person and (s.revoked_at is not null or s.expires_at <= now()) order by s.id desc offset allowed);
end $$;
