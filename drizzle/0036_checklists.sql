CREATE TABLE "checklist_items" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"checklist_id" uuid NOT NULL,
	"text" text NOT NULL,
	"done" boolean DEFAULT false NOT NULL,
	"assignee_id" uuid,
	"due_date" date,
	"position" numeric NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "checklist_items_position" CHECK (position > 0 and position < 'Infinity')
);
--> statement-breakpoint
CREATE TABLE "checklists" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"title" text NOT NULL,
	"position" numeric NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "checklists_position" CHECK (position > 0 and position < 'Infinity')
);
--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "item_total" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "checklist_done" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "checklist_total" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "checklist_items" ADD CONSTRAINT "checklist_items_checklist_id_checklists_id_fk" FOREIGN KEY ("checklist_id") REFERENCES "public"."checklists"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checklists" ADD CONSTRAINT "checklists_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "checklist_items_list" ON "checklist_items" USING btree ("checklist_id","position","id");--> statement-breakpoint
CREATE INDEX "checklist_items_assignee" ON "checklist_items" USING btree ("assignee_id","project_id") WHERE assignee_id is not null;--> statement-breakpoint
CREATE INDEX "checklists_task" ON "checklists" USING btree ("task_id","position","id");
--> statement-breakpoint
-- The same of items of checklists.
create or replace function items_assigned_by(project uuid, person uuid, since bigint, most int) returns setof uuid language sql stable as $$
  select i.id from checklist_items i where i.project_id = project and i.assignee_id = person
    and (i.seq <= since or not exists (
      select 1 from activity_logs l where l.project_id = project and l.entity_id = i.id and l.seq > since
        and (l.action = 'checklist_item.created' and l.data ->> 'assignee_id' = person::text or l.changes #>> '{assignee_id,1}' = person::text)))
  limit most;
$$;
--> statement-breakpoint
-- Takes a former member off tasks and items, journalled: `most` at once. It tells nobody: they are no member, or were one
-- before and know. Returns whether any may be left.
create or replace function unassign(project uuid, person uuid, since bigint, most int) returns boolean language plpgsql as $$
declare taken int; more int;
begin
  perform set_config('flowtrack.draining', 'on', true);
  update tasks set assignee_ids = array_remove(assignee_ids, person) where id in (select assigned_by(project, person, since, most));
  get diagnostics taken = row_count;
  update checklist_items set assignee_id = null where id in (select items_assigned_by(project, person, since, most - taken));
  get diagnostics more = row_count;
  perform set_config('flowtrack.draining', 'off', true);
  return taken + more = most;
end $$;
--> statement-breakpoint
-- Ends all memberships of a person whose account this transaction has locked, and is about to delete: FT409 where
-- nobody else is left to manage. What they hold few tasks for and nobody writes to ends here, the rest in steps: no
-- project is waited for. Returns their projects, and whether each is done.
create or replace function end_memberships(person uuid) returns table (project_id uuid, ended boolean) language plpgsql as $$
declare
  left_alone uuid; free uuid[];
  few boolean := (select count(*) from (select 1 from tasks t where t.assignee_ids @> array[person]
    union all select 1 from checklist_items i where i.assignee_id = person limit 501) held) <= 500;
begin
  select m.project_id into left_alone from project_members m
    where m.user_id = person and m.role = 'manager' and not exists (
      select 1 from project_members o join users u on u.id = o.user_id
      where o.project_id = m.project_id and o.role = 'manager' and o.user_id <> person and not is_deleted(u)) limit 1;
  if left_alone is not null then
    perform fail('FT409', 'last_manager', jsonb_build_object('project_id', left_alone));
  end if;
  free := array(select p.id from projects p where few and p.id in (select m.project_id from project_members m where m.user_id = person)
    order by p.id limit 20 for no key update skip locked);
  perform leave_for_later(m.project_id, 'membership', person::text) from project_members m where m.user_id = person and m.project_id <> all(free);
  return query select m.project_id, m.project_id = any(free) from project_members m where m.user_id = person order by 1;
  delete from project_members m where m.user_id = person and m.project_id = any(free);
end $$;
--> statement-breakpoint
-- Somebody manages each project, and they have an account: the row lock keeps who stays from being deleted meanwhile.
-- Who goes is taken off their tasks and items, at once if those are few.
create or replace function members_rules() returns trigger language plpgsql as $$
declare head bigint := (select event_seq from projects where id = old.project_id);
begin
  if head is null then
    return null;
  end if;
  if old.role = 'manager' then
    perform 1 from project_members m join users u on u.id = m.user_id
      where m.project_id = old.project_id and m.role = 'manager' and not is_deleted(u) limit 1 for share of u;
    if not found then
      perform fail('FT409', 'last_manager', jsonb_build_object('project_id', old.project_id));
    end if;
  end if;
  if tg_op = 'UPDATE' then
    return null;
  elsif (select count(*) from assigned_by(old.project_id, old.user_id, head, 501))
    + (select count(*) from items_assigned_by(old.project_id, old.user_id, head, 501)) > 500 then
    perform leave_for_later(old.project_id, 'assignments', old.user_id::text);
  else
    perform unassign(old.project_id, old.user_id, head, 501);
  end if;
  return null;
end $$;
--> statement-breakpoint
-- The first cards of a column. `rest`: about the bytes of a card's JSON beside its texts; `length`: of these, which asks for no text.
create or replace function first_cards(project uuid, column_key text, most int)
returns table (id uuid, rank numeric, title text, description text, rest int, length int) language sql stable as $$
  select t.id, t.position, t.title, t.description, 760 + 40 * cardinality(t.assignee_ids || t.label_ids), octet_length(t.title) + octet_length(t.description)
  from tasks t where t.project_id = project and t.status = column_key and t.deleted_at is null order by t.position, t.id limit most;
$$;
--> statement-breakpoint
-- What stands beside each other: the checklists of a task, or the items of a checklist.
create or replace function siblings(parent uuid) returns table (id uuid, rank numeric) language sql as $$
  select c.id, c.position from checklists c where c.task_id = parent
  union all select i.id, i.position from checklist_items i where i.checklist_id = parent;
$$;
--> statement-breakpoint
-- Gives all but one round ranks again, in the same order. They are few: each is journalled as any change is.
create or replace function renumber_siblings(parent uuid, except_one uuid) returns void language plpgsql as $$
declare one record;
begin
  for one in select s.id, row_number() over (order by s.rank, s.id) * 1024 as rank from siblings(parent) s where s.id <> except_one loop
    update checklists c set position = one.rank where c.id = one.id;
    update checklist_items i set position = one.rank where i.id = one.id;
  end loop;
end $$;
--> statement-breakpoint
-- FT422 when a neighbour is none. One that was deleted meanwhile is passed over: nobody's edit fails because of that.
create or replace function require_sibling(parent uuid, neighbour uuid, path text) returns void language plpgsql as $$
begin
  if neighbour is not null and not exists (select 1 from siblings(parent) s where s.id = neighbour) and not exists (
      select 1 from activity_logs l where l.project_id = current_setting('flowtrack.project')::uuid and l.entity_id = neighbour
        and l.action in ('checklist.deleted', 'checklist_item.deleted') and parent::text in (l.data ->> 'task_id', l.data ->> 'checklist_id')) then
    perform fail('FT422', 'validation_failed', jsonb_build_object('path', path, 'message', 'must be one of the same list: read the list again'));
  end if;
end $$;
--> statement-breakpoint
-- The rank right after one sibling, or right before one, or last, as tasks have it (task_rank). Call it under the project's lock.
create or replace function sibling_rank(parent uuid, self uuid, before_one uuid default null, after_one uuid default null)
returns numeric language plpgsql as $$
declare low numeric; high numeric; own numeric; result numeric;
begin
  perform require_sibling(parent, before_one, 'before'), require_sibling(parent, after_one, 'after');
  for attempt in 1..2 loop
    select max(s.rank) filter (where s.id = self), max(s.rank) filter (where s.id = after_one), max(s.rank) filter (where s.id = before_one)
      into own, low, high from siblings(parent) s;
    if low is not null then
      select min(s.rank) into high from siblings(parent) s where s.rank > low and s.id <> self;
    else
      select max(s.rank) into low from siblings(parent) s where (high is null or s.rank < high) and s.id <> self;
    end if;
    if attempt = 1 and own > coalesce(low, 0) and (high is null or own < high) then
      return own; -- it is there already
    elsif high is null then
      return trunc(coalesce(low, 0)) + 1024;
    end if;
    result := rank_between(coalesce(low, 0), high);
    exit when length(replace(result::text, '.', '')) <= 40;
    perform renumber_siblings(parent, self);
  end loop;
  return result;
end $$;
--> statement-breakpoint
-- FT409 when a project has as many checklists and items as there may be.
create or replace function require_room_for_items(project uuid, usual int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'items', usual);
begin
  if (select item_total from projects where id = project) >= allowed then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s checklists and items: delete some, or ask an administrator for more', allowed)));
  end if;
end $$;
--> statement-breakpoint
-- The card itself, when it takes one checklist more: FT404 when it is gone or in the trash, FT409 when there is no room.
create or replace function room_for_checklist(card uuid, usual int, each int) returns uuid language plpgsql as $$
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklists c where c.task_id = card) >= each then
    perform fail('FT409', 'too_many_checklists', jsonb_build_object('limit', each, 'say',
      format('This task may have %s checklists: delete one first, or go on in another task', each)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, usual);
  return card;
end $$;
--> statement-breakpoint
-- The task of a checklist that takes one item more: refusals as above.
create or replace function room_for_item(checklist uuid, usual int, each int) returns uuid language plpgsql as $$
declare card uuid := (select c.task_id from checklists c join tasks t on t.id = c.task_id where c.id = checklist and t.deleted_at is null);
begin
  if card is null then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklist_items i where i.checklist_id = checklist) >= each then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', each, 'say',
      format('This checklist may have %s items: delete some, or begin another checklist', each)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, usual);
  return card;
end $$;
--> statement-breakpoint
-- Who is to do an item is a member, as with tasks. A former member stays until they are taken off (acts.sql).
create or replace function checklist_items_rules() returns trigger language plpgsql as $$
begin
  if new.assignee_id is not null and (tg_op = 'INSERT' or new.assignee_id is distinct from old.assignee_id)
    and not exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = new.assignee_id) then
    perform fail('FT422', 'assignee_not_member', jsonb_build_object('path', 'assignee_id', 'ids', array[new.assignee_id]));
  end if;
  return new;
end $$;
--> statement-breakpoint
-- Brings what tasks say of their items up to date: an ordinary, journalled update. Not of a project that is being deleted.
create or replace function recount_items(cards uuid[]) returns void language sql as $$
  update tasks t set checklist_done = there.done, checklist_total = there.total
  from (select card, count(i.id) filter (where i.done) as done, count(i.id) as total
    from unnest(cards) card left join checklists c on c.task_id = card left join checklist_items i on i.checklist_id = c.id group by card) there
  where t.id = there.card and (t.checklist_done, t.checklist_total) <> (there.done, there.total)
    and exists (select 1 from projects p where p.id = t.project_id);
$$;
--> statement-breakpoint
-- AFTER INSERT of a checklist or an item, or when one is ticked.
create or replace function checklists_counted() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update projects set item_total = item_total + 1 where id = new.project_id;
  end if;
  if tg_table_name = 'checklist_items' then
    perform recount_items(array[new.task_id]);
  end if;
  return null;
end $$;
--> statement-breakpoint
-- AFTER DELETE, once for all rows: a checklist takes its items along, a purged task both.
create or replace function checklists_uncounted() returns trigger language plpgsql as $$
begin
  update projects p set item_total = p.item_total - less.n
    from (select project_id, count(*) as n from gone group by project_id) less where p.id = less.project_id;
  perform recount_items(array(select distinct task_id from gone));
  return null;
end $$;
--> statement-breakpoint
-- The rows of one kind that the staged lines lead to: each entity's last line, unless that ended it.
create or replace function import_last(job uuid, kind text) returns table (seq bigint, data jsonb) language sql stable as $$
  select last.seq, last.entry -> 'data' from (
    select distinct on (l.entry ->> 'entity_id') l.seq, l.entry from import_lines l
    where l.import_id = job and l.entry ->> 'entity' = kind
    order by l.entry ->> 'entity_id', l.seq desc) last
  where last.entry ->> 'action' not in ('member.removed', 'column.deleted', 'label.deleted', 'task.purged', 'link.deleted', 'comment.deleted', 'checklist.deleted', 'checklist_item.deleted');
$$;
--> statement-breakpoint
-- Makes the project of the staged lines, 1 to `lines`, and forgets them. For the actor of this transaction.
-- What the file's tasks were late with is not told. What was under way as it was exported is not here: columns stay,
-- and who was still to be taken off tasks is.
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid; made int; said int; listed int; items int;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('event_seq', lines, 'task_counter', counter, 'charged_to', importer, 'task_count', 0, 'comment_total', 0, 'item_total', 0, 'quotas', '{}', 'stream_epoch', gen_random_uuid())) as row;
  insert into board_columns select row.* from import_last(job, 'column') c, jsonb_populate_record(null::board_columns, c.data) as row;
  insert into labels select row.* from import_last(job, 'label') l, jsonb_populate_record(null::labels, l.data) as row;
  insert into project_members select distinct on (row.user_id) row.* from import_last(job, 'member') m,
    jsonb_populate_record(null::project_members, m.data) as row order by row.user_id, role_rank(row.role) desc, m.seq;
  insert into tasks select * from import_tasks(job);
  get diagnostics made = row_count;
  insert into task_links select row.* from import_last(job, 'link') l, jsonb_populate_record(null::task_links, l.data) as row
    where row.other_task_id is not null;
  insert into comments select * from import_comments(job);
  get diagnostics said = row_count;
  insert into checklists select row.* from import_last(job, 'checklist') c, jsonb_populate_record(null::checklists, c.data) as row
    where exists (select 1 from tasks t where t.id = row.task_id);
  get diagnostics listed = row_count;
  insert into checklist_items select row.* from import_last(job, 'checklist_item') i, jsonb_populate_record(null::checklist_items, i.data) as row
    where exists (select 1 from checklists c where c.id = row.checklist_id);
  get diagnostics items = row_count;
  update projects set task_count = made, comment_total = said, item_total = listed + items where id = project;
  insert into activity_logs select row.* from import_lines l,
    jsonb_populate_record(null::activity_logs, case when l.entry ->> 'entity' = 'comment' then l.entry #- '{data,body}' else l.entry end) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer), import_settle_links(job, project);
  update board_columns set pending = null where project_id = project and pending is not null;
  perform leave_for_later(project, 'assignments', former.id::text)
    from (select unnest(assignee_ids) as id from tasks where project_id = project
      union select assignee_id from checklist_items where project_id = project and assignee_id is not null) former
    where not exists (select 1 from project_members m where m.project_id = project and m.user_id = former.id);
  perform import_invite(project, importer);
  perform let_rest(project);
  delete from imports where id = job;
end $$;
--> statement-breakpoint
-- Deletes for good what has been in a project's trash since before `cutoff`, journalled: at most
-- `batch` rows in one call, so that nobody waits long for the project's lock. Returns how many rows it
-- has written; fewer than `batch` means that nothing is left. The comments and items of a task go with it, and count: one
-- task may exceed the batch by its own. Subtasks are taken off their parents, and links removed, first: foreign keys would do so
-- for all of them at once.
create or replace function purge_trash(project uuid, cutoff timestamptz, batch int) returns int language plpgsql as $$
declare due uuid[]; freed int; gone int; said int;
begin
  perform set_config('lock_timeout', '1s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  due := array(select id from (
    select id, deleted_at, sum(1 + more) over by_age - 1 - more as before from (
      select t.id, t.deleted_at, t.comment_count + t.checklist_total as more from tasks t where t.project_id = project and t.deleted_at <= cutoff
      order by t.deleted_at, t.id limit batch) oldest
    window by_age as (order by deleted_at, id)) sized
    where before < batch order by deleted_at, id);
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
  due := due[1:batch - freed];
  select coalesce(sum(comment_count + checklist_total), 0) into said from tasks where id = any(due);
  delete from tasks where id = any(due);
  get diagnostics gone = row_count;
  return freed + gone + said;
end $$;
--> statement-breakpoint
-- A row as clients see it: instants as RFC 3339 UTC with milliseconds, ranks as text (more digits
-- than a double holds), no counters that change with every event, what bounds a project, what not all of its members may
-- see, and no text that may have to be forgotten.
create or replace function journal_row(r jsonb) returns jsonb language sql immutable as $$
  select (r - '{event_seq,stream_epoch,task_counter,task_count,comment_total,item_total,charged_to,quotas,foreign_task_id,body}'::text[]) || coalesce((
    select jsonb_object_agg(key, case
      when key = 'position' then to_jsonb(value #>> '{}')
      else to_jsonb(to_char((value #>> '{}')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    end)
    from jsonb_each(r)
    where (key = 'position' or key like '%\_at') and value <> 'null'), '{}');
$$;
--> statement-breakpoint
-- BEFORE INSERT OR UPDATE: lock the project and stamp the row. What changes nothing is not stamped.
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
    elsif tg_table_name in ('comments', 'checklists', 'checklist_items') then
      if new.task_id <> old.task_id then
        perform fail('FT500', 'identity_is_immutable');
      elsif tg_table_name = 'checklist_items' then
        if new.checklist_id <> old.checklist_id then
          perform fail('FT500', 'identity_is_immutable');
        end if;
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
    if entity in ('comment', 'checklist', 'checklist_item') then
      if not exists (select 1 from tasks where id = old.task_id) then -- its task is purged: that event says so
        return null;
      elsif entity = 'checklist_item' then
        if not exists (select 1 from checklists where id = old.checklist_id) then -- and so with a checklist
          return null;
        end if;
      end if;
    end if;
    update projects set event_seq = event_seq + 1, task_count = task_count - (entity = 'task')::int
      where id = old.project_id returning event_seq into deleted_seq;
    if deleted_seq is null then -- the whole project goes: its own last event says so
      return null;
    end if;
    o := journal_old(to_jsonb(old), entity);
    task := case when entity = 'task' then old.id else (o ->> 'task_id')::uuid end;
    perform journal_append(old.project_id, deleted_seq, entity || '.' || tg_argv[2], entity, old.id, task, '{}', o);
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if new.seq = old.seq or current_setting('flowtrack.renumbering', true) = 'on' then
      return null;
    end if;
    o := journal_old(to_jsonb(old), entity);
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
-- Who is to do an item of a checklist now, and who was.
create or replace function notify_of_item(event activity_logs) returns void language plpgsql as $$
declare facts jsonb; now_theirs uuid[] := array[(event.data ->> 'assignee_id')::uuid];
begin
  if current_setting('flowtrack.draining', true) = 'on'
    or not (event.changes ? 'assignee_id' or event.action = 'checklist_item.created' and event.data ->> 'assignee_id' is not null) then
    return;
  end if;
  select jsonb_build_object('number', t.number, 'title', t.title, 'checklist_item_id', event.entity_id, 'text', event.data -> 'text')
    into facts from tasks t where t.id = event.task_id;
  perform watch_by_acting(event, now_theirs), notify_people(event, 'assigned', now_theirs, facts),
    notify_people(event, 'unassigned', array[(event.changes #>> '{assignee_id,0}')::uuid], facts);
end $$;
--> statement-breakpoint
create or replace function journal_notify() returns trigger language plpgsql as $$
declare person uuid[];
begin
  if new.entity = 'task' then
    perform notify_of_task(new);
    return null;
  elsif new.entity = 'comment' then
    perform notify_of_comment(new);
    return null;
  elsif new.entity = 'checklist_item' then
    perform notify_of_item(new);
    return null;
  end if;
  person := array[(new.data ->> 'user_id')::uuid];
  if new.action = 'member.added' then
    perform notify_people(new, 'project_invited', person, jsonb_build_object('role', new.data -> 'role'));
  elsif new.changes ? 'role' then
    perform notify_people(new, 'role_changed', person, jsonb_build_object('role', new.changes -> 'role'));
  end if;
  return null;
end $$;
--> statement-breakpoint
DROP TRIGGER journal_30_notify ON activity_logs;
--> statement-breakpoint
CREATE TRIGGER journal_30_notify AFTER INSERT ON activity_logs FOR EACH ROW WHEN (((NOT importing()) AND (new.action = ANY (ARRAY['task.created'::text, 'task.updated'::text, 'task.moved'::text, 'member.added'::text, 'member.updated'::text, 'comment.created'::text, 'comment.updated'::text, 'checklist_item.created'::text, 'checklist_item.updated'::text])))) EXECUTE FUNCTION journal_notify();
--> statement-breakpoint
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON checklist_items FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON checklist_items FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION journal_write('checklist_item', 'created', 'deleted');
--> statement-breakpoint
CREATE TRIGGER journal_20_count AFTER INSERT OR UPDATE OF done ON checklist_items FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION checklists_counted();
--> statement-breakpoint
CREATE TRIGGER journal_20_rules BEFORE INSERT OR UPDATE OF assignee_id ON checklist_items FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION checklist_items_rules();
--> statement-breakpoint
CREATE TRIGGER journal_20_uncount AFTER DELETE ON checklist_items REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION checklists_uncounted();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON checklist_items FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
--> statement-breakpoint
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON checklists FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON checklists FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION journal_write('checklist', 'created', 'deleted');
--> statement-breakpoint
CREATE TRIGGER journal_20_count AFTER INSERT ON checklists FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION checklists_counted();
--> statement-breakpoint
CREATE TRIGGER journal_20_uncount AFTER DELETE ON checklists REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION checklists_uncounted();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON checklists FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
