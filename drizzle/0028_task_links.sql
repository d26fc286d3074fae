CREATE TABLE "task_links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"other_task_id" uuid,
	"foreign_task_id" uuid,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "task_links_kind" CHECK (kind in ('blocks', 'blocked_by', 'relates', 'duplicates', 'duplicated_by')),
	CONSTRAINT "task_links_other" CHECK (num_nonnulls(other_task_id, foreign_task_id) = 1)
);
--> statement-breakpoint
ALTER TABLE "pending_acts" DROP CONSTRAINT "pending_acts_kind";--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "is_blocked" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "task_links" ADD CONSTRAINT "task_links_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_links" ADD CONSTRAINT "task_links_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "task_links_key" ON "task_links" USING btree ("task_id","kind",coalesce(other_task_id, foreign_task_id));--> statement-breakpoint
CREATE INDEX "task_links_other" ON "task_links" USING btree (coalesce(other_task_id, foreign_task_id));--> statement-breakpoint
CREATE INDEX "task_links_project" ON "task_links" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "tasks_blocked" ON "tasks" USING btree ("project_id","id") WHERE is_blocked;--> statement-breakpoint
ALTER TABLE "pending_acts" ADD CONSTRAINT "pending_acts_kind" CHECK (kind in ('membership', 'assignments', 'deletion', 'dates', 'links'));
--> statement-breakpoint
-- A row as clients see it: instants as RFC 3339 UTC with milliseconds, ranks as text (more digits
-- than a double holds), no counters that change with every event, what bounds a project, and what not all of its members may see.
create or replace function journal_row(r jsonb) returns jsonb language sql immutable as $$
  select (r - '{event_seq,stream_epoch,task_counter,task_count,charged_to,quotas,foreign_task_id}'::text[]) || coalesce((
    select jsonb_object_agg(key, case
      when key = 'position' then to_jsonb(value #>> '{}')
      else to_jsonb(to_char((value #>> '{}')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    end)
    from jsonb_each(r)
    where (key = 'position' or key like '%\_at') and value <> 'null'), '{}');
$$;
--> statement-breakpoint
-- AFTER INSERT, UPDATE OR DELETE: one journal row for the change, of the moment that the row itself has.
-- TG_ARGV: the entity, and what this entity calls being created and deleted.
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
    task := case when entity = 'task' then old.id else (o ->> 'task_id')::uuid end;
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
  task := case when entity = 'task' then new.id else (n ->> 'task_id')::uuid end;
  perform journal_append(new.project_id, new.seq, entity || '.' || verb, entity, new.id, task, changes, n, new.updated_at);
  return null;
end $$;
--> statement-breakpoint
-- Tells whoever sent this transaction that a project has something to be tidied (`outcome` in src/transaction/write.ts).
create or replace function tell_left(project uuid) returns void language sql as $$
  select set_config('flowtrack.left', concat_ws(',', nullif(current_setting('flowtrack.left', true), ''), project), true);
$$;
--> statement-breakpoint
-- Notes what is left of an act. Of two acts on the same, the later one counts.
create or replace function leave_for_later(project uuid, act_kind text, act_subject text, act_target text default null) returns void language sql as $$
  insert into pending_acts (project_id, kind, subject, target, actor, request_id, since)
  select project, act_kind, act_subject, act_target, nullif(current_setting('flowtrack.actor'), 'system')::uuid,
    nullif(current_setting('flowtrack.request_id'), ''), event_seq from projects where id = project
  on conflict (project_id, kind, subject) do update set target = coalesce(excluded.target, pending_acts.target), actor = excluded.actor,
    request_id = excluded.request_id, since = excluded.since, reached = null;
  select tell_left(project);
$$;
--> statement-breakpoint
-- Deletes a column; its tasks go to another, where the WIP limit is checked once for all of them, and each person is
-- told once. More than 500 go in steps: until then the column takes no more, and says that it is pending. What still
-- comes to it from another goes where its own tasks go.
create or replace function delete_column(project uuid, column_key text, into_column text) returns void language plpgsql as $$
declare live int; col board_columns; head bigint := (select event_seq from projects where id = project);
begin
  if exists (select 1 from tasks where project_id = project and status = column_key)
    or exists (select 1 from pending_acts where project_id = project and kind = 'deletion' and target = column_key) then
    if into_column is null then
      perform fail('FT409', 'column_not_empty', jsonb_build_object('column', column_key, 'count',
        (select count(*) from tasks where project_id = project and status = column_key)));
    end if;
    select * into col from board_columns where project_id = project and key = into_column and key <> column_key and pending is distinct from 'deletion';
    if not found then
      perform fail('FT422', 'column_not_found', '{"path": "move_to"}');
    end if;
    select count(*) into live from tasks where project_id = project and deleted_at is null and status = any(array(
      select column_key union all select subject from pending_acts where project_id = project and kind = 'deletion' and target = column_key));
    if not exists (select 1 from pending_acts where project_id = project and kind = 'deletion' and subject = column_key and target = into_column) then
      perform check_wip(col, live);
    end if;
    update pending_acts set target = into_column where project_id = project and kind = 'deletion' and target = column_key;
    if found then
      perform tell_left(project);
    end if;
    if (select count(*) from (select 1 from tasks where project_id = project and status = column_key limit 501) held) > 500 then
      update board_columns set pending = 'deletion' where project_id = project and key = column_key;
      perform leave_for_later(project, 'deletion', column_key, into_column);
      perform notify_of_deletion(project, column_key, into_column, head);
      return;
    end if;
    perform drain_column(project, column_key, into_column);
    perform notify_of_drain(project, head);
  end if;
  delete from pending_acts where project_id = project and kind in ('deletion', 'dates') and subject = column_key;
  delete from board_columns where project_id = project and key = column_key;
end $$;
--> statement-breakpoint
create or replace function inverse_link(kind text) returns text language sql immutable as $$
  select case kind when 'blocks' then 'blocked_by' when 'blocked_by' then 'blocks'
    when 'duplicates' then 'duplicated_by' when 'duplicated_by' then 'duplicates' else kind end;
$$;
--> statement-breakpoint
-- Whether a task waits for another that is neither done nor in the trash.
create or replace function task_is_blocked(task uuid) returns boolean language sql stable as $$
  select exists (select 1 from task_links l join tasks blocker on blocker.id = coalesce(l.other_task_id, l.foreign_task_id)
    where l.task_id = task and l.kind = 'blocked_by' and blocker.deleted_at is null and blocker.completed_at is null);
$$;
--> statement-breakpoint
-- Whether the actor of this transaction may see a project.
create or replace function is_reader(project uuid) returns boolean language sql stable as $$
  select in_reach(project) and (acts_as_admin() or exists (
    select 1 from project_members m where m.project_id = project and m.user_id = current_setting('flowtrack.actor')::uuid));
$$;
--> statement-breakpoint
-- Locks the project of a link's other side, if that is another one than the transaction's: FT403 and FT409 as there.
create or replace function lock_other_side(there uuid) returns void language plpgsql as $$
declare status_there text;
begin
  if there = current_setting('flowtrack.project')::uuid then
    return;
  end if;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  select status into status_there from projects where id = there for no key update;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  if status_there = 'archived' then
    perform fail('FT409', 'project_archived');
  end if;
end $$;
--> statement-breakpoint
-- Whether `start` blocks `goal` already, perhaps by way of others; FT409 beyond 2,000 tasks. `abroad`: the way leaves
-- the transaction's project, which is the only one that it has locked.
create or replace function blocks_already(start uuid, goal uuid, out closes boolean, out abroad boolean) language plpgsql as $$
declare met int;
begin
  with recursive blocked(id) as (
    select start union
    select coalesce(l.other_task_id, l.foreign_task_id) from blocked b join task_links l on l.task_id = b.id and l.kind = 'blocks')
  select count(*), coalesce(bool_or(b.id = goal), false), coalesce(bool_or(t.project_id <> current_setting('flowtrack.project')::uuid), false)
    into met, closes, abroad
    from (select id from blocked limit 2001) b left join tasks t on t.id = b.id;
  if met > 2000 and not closes then
    perform fail('FT409', 'too_many_task_links', '{"limit": 2000, "say": "More than 2000 tasks would wait for this one: remove a link that is no longer needed"}');
  end if;
end $$;
--> statement-breakpoint
-- FT409 when a task would wait for itself. Two links may close a circle together: in one project its lock keeps them
-- apart, over several projects a lock on everybody's circles.
create or replace function require_no_circle(blocker uuid, waiting uuid) returns void language plpgsql as $$
declare way record;
begin
  select * into way from blocks_already(waiting, blocker);
  if way.abroad and not way.closes then
    perform pg_advisory_xact_lock(hashtext('flowtrack.blocks'));
    select * into way from blocks_already(waiting, blocker);
  end if;
  if way.closes then
    perform fail('FT409', 'link_circle');
  end if;
end $$;
--> statement-breakpoint
create or replace function require_room_for_links(task uuid, allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from task_links where task_id = task) > allowed then
    perform fail('FT409', 'too_many_task_links', jsonb_build_object('limit', allowed, 'say',
      format('A task may have %s links, and this one or the other would have more: remove one that is no longer needed', allowed)));
  end if;
end $$;
--> statement-breakpoint
-- Links a task of the transaction's project to another that its actor sees. Returns the project of the other side, if
-- that is another one.
create or replace function link_tasks(link uuid, task uuid, link_kind text, other uuid, allowed int) returns uuid language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid;
  there uuid := (select t.project_id from tasks t where t.id = other and t.deleted_at is null and is_reader(t.project_id));
  abroad boolean := there is distinct from here;
begin
  if not exists (select 1 from tasks where id = task and deleted_at is null) then
    perform fail('FT404', 'not_found');
  elsif task = other then
    perform fail('FT422', 'validation_failed', '{"path": "task_id", "message": "must be another task"}');
  elsif there is not null then
    perform lock_other_side(there);
  end if;
  if not exists (select 1 from tasks where id = other and project_id = there and deleted_at is null) then
    perform fail('FT422', 'task_not_found', '{"path": "task_id"}');
  elsif exists (select 1 from task_links where task_id = task and kind = link_kind and coalesce(other_task_id, foreign_task_id) = other) then
    perform fail('FT409', 'already_linked');
  elsif link_kind = 'blocks' then
    perform require_no_circle(task, other);
  end if;
  insert into task_links (id, project_id, task_id, kind, other_task_id, foreign_task_id) values
    (link, here, task, link_kind, case when not abroad then other end, case when abroad then other end),
    (uuid_v7(), there, other, inverse_link(link_kind), case when not abroad then task end, case when abroad then task end);
  perform require_room_for_links(task, allowed), require_room_for_links(other, allowed);
  return case when abroad then there end;
end $$;
--> statement-breakpoint
-- Removes both sides of a link of the transaction's project. Returns the project of the other side, if there is another.
create or replace function unlink_tasks(link uuid) returns uuid language plpgsql as $$
declare
  mine task_links;
  there uuid;
begin
  select * into mine from task_links where id = link;
  if mine.id is null then
    perform fail('FT404', 'not_found');
  end if;
  there := (select project_id from tasks where id = coalesce(mine.other_task_id, mine.foreign_task_id));
  if there is not null then
    if not is_reader(there) then
      perform fail('FT404', 'not_found');
    end if;
    perform lock_other_side(there);
  end if;
  delete from task_links l where l.id = link or l.task_id = coalesce(mine.other_task_id, mine.foreign_task_id)
    and l.kind = inverse_link(mine.kind) and coalesce(l.other_task_id, l.foreign_task_id) = mine.task_id;
  return nullif(there, mine.project_id);
end $$;
--> statement-breakpoint
-- What a project's links mean once a task of theirs has changed: of one that is gone they go, and what it blocks is
-- blocked or not.
create or replace function refresh_links(project uuid, changed uuid) returns void language plpgsql as $$
begin
  delete from task_links l where l.project_id = project and coalesce(l.other_task_id, l.foreign_task_id) = changed
    and not exists (select 1 from tasks where id = changed);
  update tasks t set is_blocked = not t.is_blocked
    from task_links l where l.project_id = project and l.kind = 'blocked_by' and coalesce(l.other_task_id, l.foreign_task_id) = changed
      and t.id = l.task_id and t.is_blocked <> task_is_blocked(t.id);
end $$;
--> statement-breakpoint
-- A file may say of a task that it is blocked by one that the file has not. Of `most` such tasks; returns whether there may be more.
create or replace function refresh_blocked(project uuid, most int) returns boolean language plpgsql as $$
declare freed int;
begin
  update tasks set is_blocked = false where id in (
    select t.id from tasks t where t.project_id = project and t.is_blocked and not task_is_blocked(t.id) limit most);
  get diagnostics freed = row_count;
  return freed = most;
end $$;
--> statement-breakpoint
-- AFTER INSERT OR DELETE of a link: whether its task is blocked.
create or replace function links_block() returns trigger language plpgsql as $$
declare task uuid := case when tg_op = 'INSERT' then new.task_id else old.task_id end;
begin
  update tasks set is_blocked = not is_blocked where id = task and is_blocked <> task_is_blocked(id);
  return null;
end $$;
--> statement-breakpoint
-- AFTER UPDATE OR DELETE of a task that is open no longer, or again: what waits for it. In other projects, whose locks
-- this transaction does not take, soon after it.
create or replace function tasks_linked() returns trigger language plpgsql as $$
begin
  if exists (select 1 from projects where id = old.project_id) then -- else all of it goes
    perform refresh_links(old.project_id, old.id);
  end if;
  perform leave_for_later(waiting.project_id, 'links', old.id::text)
    from (select distinct project_id from task_links where coalesce(other_task_id, foreign_task_id) = old.id and project_id <> old.project_id) waiting;
  return null;
end $$;
--> statement-breakpoint
-- One step of what is pending in a project, about `most` tasks, as whoever acted. Returns whether anything is left.
create or replace function advance_acts(project uuid, most int) returns boolean language plpgsql as $$
declare act pending_acts; more boolean := false;
begin
  perform set_config('lock_timeout', '2s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  select * into act from pending_acts where project_id = project order by visited_at limit 1 for update;
  if not found then
    return false;
  end if;
  perform set_actor(act.actor, act.request_id);
  if act.kind = 'membership' then
    delete from project_members where project_id = project and user_id = act.subject::uuid;
  elsif act.kind = 'assignments' then
    more := unassign(project, act.subject::uuid, act.since, most);
  elsif act.kind = 'links' then
    if act.subject <> '' then
      perform refresh_links(project, act.subject::uuid);
    else
      more := refresh_blocked(project, most);
    end if;
  elsif act.kind = 'deletion' then
    perform drain_column(project, act.subject, act.target, most);
    more := exists (select 1 from tasks where project_id = project and status = act.subject);
    if not more then
      delete from board_columns where project_id = project and key = act.subject;
    end if;
  else
    act.reached := reread_dates(project, act.subject, act.target is not null, act.reached, most);
    more := act.reached is not null;
    if not more then
      update board_columns set pending = null where project_id = project and key = act.subject and pending = 'dates';
    end if;
  end if;
  if more then
    update pending_acts set visited_at = clock_timestamp(), reached = act.reached where (project_id, kind, subject) = (project, act.kind, act.subject);
  else
    delete from pending_acts where (project_id, kind, subject) = (project, act.kind, act.subject);
  end if;
  return exists (select 1 from pending_acts where project_id = project);
end $$;
--> statement-breakpoint
-- Deletes for good what has been in a project's trash since before `cutoff`, journalled: at most
-- `batch` rows in one call, so that nobody waits long for the project's lock. Returns how many rows it
-- has written; fewer than `batch` means that nothing is left. Subtasks are taken off their parents, and
-- links removed, first: foreign keys would do so for all of them at once.
create or replace function purge_trash(project uuid, cutoff timestamptz, batch int) returns int language plpgsql as $$
declare due uuid[]; freed int; gone int;
begin
  perform set_config('lock_timeout', '1s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  due := array(select t.id from tasks t where t.project_id = project and t.deleted_at <= cutoff order by t.deleted_at, t.id limit batch);
  update tasks set parent_id = null where id in (select c.id from tasks c where c.parent_id = any(due) limit batch);
  get diagnostics freed = row_count;
  if freed = batch then
    return batch;
  end if;
  delete from task_links where id in (select l.id from task_links l
    where l.project_id = project and (l.task_id = any(due) or coalesce(l.other_task_id, l.foreign_task_id) = any(due)) limit batch - freed);
  get diagnostics gone = row_count;
  freed := freed + gone;
  if freed = batch then
    return batch;
  end if;
  delete from tasks where id = any(due[1:batch - freed]);
  get diagnostics gone = row_count;
  return freed + gone;
end $$;
--> statement-breakpoint
-- The rows of one kind that the staged lines lead to: each entity's last line, unless that ended it.
create or replace function import_last(job uuid, kind text) returns table (seq bigint, data jsonb) language sql stable as $$
  select last.seq, last.entry -> 'data' from (
    select distinct on (l.entry ->> 'entity_id') l.seq, l.entry from import_lines l
    where l.import_id = job and l.entry ->> 'entity' = kind
    order by l.entry ->> 'entity_id', l.seq desc) last
  where last.entry ->> 'action' not in ('member.removed', 'column.deleted', 'task.purged', 'link.deleted');
$$;
--> statement-breakpoint
-- A link to a task of another project is none here, and the journal says so; nor does that task block any more.
create or replace function import_settle_links(job uuid, project uuid) returns void language plpgsql as $$
declare foreign_one record;
begin
  for foreign_one in select l.data from import_last(job, 'link') l where l.data ->> 'other_task_id' is null order by l.seq loop
    perform journal_append(project, next_seq(project), 'link.deleted', 'link', (foreign_one.data ->> 'id')::uuid,
      (foreign_one.data ->> 'task_id')::uuid, '{}', foreign_one.data);
  end loop;
  if exists (select 1 from tasks t where t.project_id = project and t.is_blocked) then
    perform leave_for_later(project, 'links', '');
  end if;
end $$;
--> statement-breakpoint
-- Makes the project of the staged lines, 1 to `lines`, and forgets them. For the actor of this transaction.
-- What the file's tasks were late with is not told. What was under way as it was exported is not here: columns stay,
-- and who was still to be taken off tasks is.
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
  insert into task_links select row.* from import_last(job, 'link') l, jsonb_populate_record(null::task_links, l.data) as row
    where row.other_task_id is not null;
  update projects set task_count = made where id = project;
  insert into activity_logs select row.* from import_lines l, jsonb_populate_record(null::activity_logs, l.entry) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer), import_settle_links(job, project);
  update board_columns set pending = null where project_id = project and pending is not null;
  perform leave_for_later(project, 'assignments', former.id::text)
    from (select distinct unnest(assignee_ids) as id from tasks where project_id = project) former
    where not exists (select 1 from project_members m where m.project_id = project and m.user_id = former.id);
  perform import_invite(project, importer);
  perform let_rest(project);
  delete from imports where id = job;
end $$;
--> statement-breakpoint
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON task_links FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON task_links FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION journal_write('link', 'created', 'deleted');
--> statement-breakpoint
CREATE TRIGGER journal_20_block AFTER INSERT OR DELETE ON task_links FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION links_block();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON task_links FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
--> statement-breakpoint
CREATE TRIGGER links_10_gone AFTER DELETE ON tasks FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION tasks_linked();
--> statement-breakpoint
CREATE TRIGGER links_10_open AFTER UPDATE ON tasks FOR EACH ROW WHEN (((((old.completed_at IS NULL) AND (old.deleted_at IS NULL)) <> ((new.completed_at IS NULL) AND (new.deleted_at IS NULL))) AND (NOT importing()))) EXECUTE FUNCTION tasks_linked();
