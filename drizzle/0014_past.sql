CREATE TABLE "reminder_floors" (
	"project_id" uuid PRIMARY KEY NOT NULL,
	"since" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "reminder_floors" ADD CONSTRAINT "reminder_floors_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "activity_logs_columns" ON "activity_logs" USING btree ("project_id","created_at") WHERE action in ('column.deleted', 'column.reordered');
--> statement-breakpoint
-- What has happened stays as it was, unless somebody really changes it. A column that is deleted, emptied,
-- renamed or ranked anew finishes, starts and versions no task; and one act tells each person once.

-- What columns mean: the live ones as they are now, deleted ones as they were last. A key that was deleted
-- and made again is the live column's.
create function column_categories(project uuid) returns table (key text, category text) language sql stable as $$
  select c.key, c.category from board_columns c where c.project_id = project
  union all
  select gone.key, gone.category from (
    select distinct on (l.data ->> 'key') l.data ->> 'key' as key, l.data ->> 'category' as category
    from activity_logs l where l.project_id = project and l.action = 'column.deleted'
    order by l.data ->> 'key', l.seq desc) gone
  where not exists (select 1 from board_columns c where c.project_id = project and c.key = gone.key);
$$;

-- One moment for one change: the row's updated_at (and so its completed_at), the journal's created_at and the
-- step that reports read are equal. Replaces 0001's, which asked the clock once more.
drop function journal_append(uuid, bigint, text, text, uuid, uuid, jsonb, jsonb);
create function journal_append(project uuid, seq bigint, action text, entity text, entity_id uuid, task uuid, changes jsonb, data jsonb, moment timestamptz default clock_timestamp())
returns void language plpgsql as $$
declare actor text := current_setting('flowtrack.actor', true);
begin
  if coalesce(actor, '') = '' then
    perform fail('FT500', 'actor_missing');
  end if;
  insert into activity_logs (project_id, seq, user_id, action, entity, entity_id, task_id, changes, data, request_id, created_at)
  values (project, seq, nullif(actor, 'system')::uuid, action, entity, entity_id, task, changes, data,
          nullif(current_setting('flowtrack.request_id', true), ''), moment);
end $$;

-- As in 0001, but for the moment.
create or replace function journal_write() returns trigger language plpgsql as $$
declare
  entity text := tg_argv[0];
  verb text;
  changes jsonb := '{}';
  o jsonb; n jsonb; task uuid; deleted_seq bigint;
begin
  if tg_op = 'DELETE' then
    deleted_seq := next_seq(old.project_id);
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

-- Gives a column's live tasks round ranks again, in the same order: one journal row for all of them. It has
-- a seq of the column's; the tasks keep theirs, as nobody changed them: an If-Match with one still holds.
-- Replaces 0001's, which stamped them all.
create or replace function renumber_column(project uuid, column_key text, except_task uuid) returns void language plpgsql as $$
declare col board_columns; ranks jsonb;
begin
  perform set_config('flowtrack.renumbering', 'on', true);
  update board_columns set seq = next_seq(project), updated_at = clock_timestamp()
    where project_id = project and key = column_key returning * into col;
  with renumbered as (
    update tasks t set position = ranked.n * 1024
      from (select id, row_number() over (order by position, id) as n from tasks
            where project_id = project and status = column_key and deleted_at is null and id <> except_task) ranked
      where t.id = ranked.id returning t.id, t.position)
  select coalesce(jsonb_object_agg(id, position::text), '{}') into ranks from renumbered;
  perform set_config('flowtrack.renumbering', 'off', true);
  perform journal_append(project, col.seq, 'column.reordered', 'column', col.id, null, '{}',
    journal_row(to_jsonb(col)) || jsonb_build_object('positions', ranks), col.updated_at);
end $$;

-- Replaces 0008's: a task that was dealt a new rank has another position, and nothing else.
create or replace function import_tasks(job uuid) returns setof tasks language sql stable as $$
  with dealt as (
    select distinct on (rank.key) rank.key as id, l.seq, jsonb_build_object('position', rank.value) as ranked
    from import_lines l, jsonb_each(l.entry #> '{data,positions}') rank
    where l.import_id = job and l.entry ->> 'action' = 'column.reordered'
    order by rank.key, l.seq desc)
  select row.* from import_last(job, 'task') t
  left join dealt on dealt.id = t.data ->> 'id' and dealt.seq > t.seq,
  lateral jsonb_populate_record(null::tasks, t.data || coalesce(dealt.ranked, '{}')) as row;
$$;

-- Ends ----------------------------------------------------------------------------------------

-- As in 0001, but for completed_at and started_at: a task stays finished (or cancelled) since it first became
-- so, while it goes from one such column to another. From cancelled to done, or back, is another end.
create or replace function tasks_rules() returns trigger language plpgsql as $$
declare
  entering boolean; col board_columns; strangers uuid[]; ancestor uuid; depth int := 0;
begin
  if tg_op = 'UPDATE' and new.seq = old.seq then
    return new; -- nothing changed, or a renumbering
  end if;
  if tg_op = 'INSERT' or new.assignee_ids <> old.assignee_ids then
    select array_agg(a) into strangers from unnest(new.assignee_ids) a
      where not exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = a);
    if strangers is not null then
      perform fail('FT422', 'assignee_not_member', jsonb_build_object('path', 'assignee_ids', 'ids', strangers));
    end if;
  end if;
  if new.parent_id is not null and (tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id) then
    if not exists (select 1 from tasks where id = new.parent_id and project_id = new.project_id and deleted_at is null) then
      perform fail('FT422', 'parent_not_found', '{"path": "parent_id"}');
    end if;
    ancestor := new.parent_id;
    while ancestor is not null loop
      if ancestor = new.id then
        perform fail('FT422', 'parent_is_descendant', '{"path": "parent_id"}');
      end if;
      depth := depth + 1;
      if depth > 20 then
        perform fail('FT422', 'parent_too_deep', '{"path": "parent_id", "limit": 20}');
      end if;
      select parent_id into ancestor from tasks where id = ancestor;
    end loop;
  end if;

  entering := tg_op = 'INSERT';
  if tg_op = 'UPDATE' then
    entering := new.status <> old.status or (new.deleted_at is null and old.deleted_at is not null);
    if not entering and new.position = old.position then
      return new;
    end if;
  end if;
  select * into col from board_columns where project_id = new.project_id and key = new.status;
  if not found then
    perform fail('FT422', 'column_not_found', '{"path": "status"}');
  end if;
  -- No rank, or one that is taken in the column (a writer who set only the status): the bottom.
  if new.position is null or exists (select 1 from tasks where project_id = new.project_id and status = new.status
      and deleted_at is null and position = new.position and id <> new.id) then
    new.position := task_rank(new.project_id, new.status, new.id);
  end if;
  if not entering then
    return new;
  end if;
  if tg_op = 'INSERT' or new.status <> old.status then
    new.completed_at := case when col.category in ('done', 'cancelled') then new.updated_at end;
    if tg_op = 'UPDATE' and new.completed_at is not null and old.completed_at is not null
      and exists (select 1 from board_columns where project_id = old.project_id and key = old.status and category = col.category) then
      new.completed_at := old.completed_at;
    end if;
    if col.category = 'in_progress' then
      new.started_at := coalesce(new.started_at, new.updated_at);
    end if;
  end if;
  if new.deleted_at is null and coalesce(current_setting('flowtrack.draining', true), '') <> 'on' then
    perform check_wip(col, 1, new.id);
  end if;
  return new;
end $$;

create function is_final(category text) returns boolean language sql immutable as $$
  select category in ('done', 'cancelled');
$$;

-- When the tasks that have ever been in a column were begun and ended: read anew from their steps, by what the
-- columns mean now. Reports say the same of the same steps (src/features/reports/sql/steps.ts). `starts`: the column does,
-- or did, begin tasks; if not, when they were begun is as it was.
create function reread_dates(project uuid, column_key text, starts boolean) returns void language sql as $$
  with categories as materialized (select * from column_categories(project)),
  marks as (
    select s.task_id, min(s.at) filter (where c.category = 'in_progress') as begun,
      max(s.at) filter (where is_final(c.category) and w.category is distinct from c.category) as ended
    from task_steps s left join categories c on c.key = s.status left join categories w on w.key = s.was_status
    where s.project_id = project and s.status is distinct from s.was_status
    group by s.task_id having bool_or(s.status = column_key)),
  dates as (
    select t.id, case when starts then m.begun else t.started_at end as begun, case when is_final(c.category) then m.ended end as ended
    from marks m join tasks t on t.id = m.task_id join categories c on c.key = t.status)
  update tasks t set started_at = d.begun, completed_at = d.ended from dates d
  where t.id = d.id and (t.started_at, t.completed_at) is distinct from (d.begun, d.ended);
$$;

-- Replaces 0001's, which let what a column holds begin or end at the moment at which the column changed: giving
-- it a category by mistake and back again lost every date.
create or replace function columns_rules() returns trigger language plpgsql as $$
declare was text;
begin
  if tg_op = 'INSERT' then
    if (select count(*) from board_columns where project_id = new.project_id) > 50 then
      perform fail('FT409', 'too_many_columns', '{"limit": 50}');
    end if;
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

-- Notifications -------------------------------------------------------------------------------

-- As in 0004, but silent about the trash, whose cards lead nowhere, and while a column is drained.
create or replace function notify_of_task(event activity_logs) returns void language plpgsql as $$
declare
  facts jsonb := jsonb_build_object('number', event.data -> 'number', 'title', event.data -> 'title');
  now_mine uuid[] := uuids(event.data -> 'assignee_ids');
  was_mine uuid[] := case
    when event.action = 'task.created' then '{}'
    when event.changes ? 'assignee_ids' then uuids(event.changes #> '{assignee_ids,0}')
    else now_mine end;
begin
  if event.data ->> 'deleted_at' is not null or current_setting('flowtrack.draining', true) = 'on' then
    return;
  end if;
  if now_mine = was_mine and not (cardinality(now_mine) > 0 and event.changes ? 'status') then
    return;
  end if;
  perform notify_people(event, 'assigned', uuids_without(now_mine, was_mine), facts);
  perform notify_people(event, 'unassigned', uuids_without(was_mine, now_mine), facts);
  if event.changes ? 'status' then -- who just got the task is not told that it moved
    perform notify_people(event, 'moved', uuids_without(now_mine, uuids_without(now_mine, was_mine)),
      facts || jsonb_build_object('status', event.changes -> 'status'));
  end if;
end $$;

-- Tells people once of all their tasks that a column's end has moved, since a seq: of one as of any that moves,
-- of more by their number, with the last of them as its event.
create function notify_of_drain(project uuid, since bigint) returns void language plpgsql as $$
declare mine record; event activity_logs; facts jsonb;
begin
  for mine in
    select person.id::uuid as person, count(*) as moved, max(l.seq) as last
    from activity_logs l, jsonb_array_elements_text(l.data -> 'assignee_ids') person(id)
    where l.project_id = project and l.seq > since and l.action = 'task.moved' and l.data ->> 'deleted_at' is null
    group by 1 order by 1
  loop
    select * into event from activity_logs where project_id = project and seq = mine.last;
    facts := jsonb_build_object('number', event.data -> 'number', 'title', event.data -> 'title');
    if mine.moved > 1 then
      event.task_id := null;
      facts := jsonb_build_object('count', mine.moved);
    end if;
    perform notify_people(event, 'moved', array[mine.person], facts || jsonb_build_object('status', event.changes -> 'status'));
  end loop;
end $$;

-- As in 0001, but for whom it tells, and for what is overdue already in a column of finished work.
create or replace function drain_column(project uuid, column_key text, target text) returns void language plpgsql as $$
declare held int; live int; col board_columns; bottom numeric; task uuid; head bigint;
begin
  select count(*), count(*) filter (where deleted_at is null) into held, live from tasks where project_id = project and status = column_key;
  if held = 0 then
    return;
  elsif target is null then
    perform fail('FT409', 'column_not_empty', jsonb_build_object('column', column_key, 'count', held));
  end if;
  select * into col from board_columns where project_id = project and key = target and key <> column_key;
  if not found then
    perform fail('FT422', 'column_not_found', '{"path": "move_to"}');
  end if;
  perform check_wip(col, live);
  bottom := task_rank(project, target, null);
  head := (select event_seq from projects where id = project);
  perform set_config('flowtrack.draining', 'on', true);
  for task in select id from tasks where project_id = project and status = column_key order by position, id loop
    update tasks set status = target, position = bottom where id = task;
    bottom := bottom + 1024;
  end loop;
  perform set_config('flowtrack.draining', 'off', true);
  perform notify_of_drain(project, head);
  if not is_final(col.category) and is_final((select category from board_columns where project_id = project and key = column_key)) then
    perform let_rest(project);
  end if;
end $$;

-- Reminders -----------------------------------------------------------------------------------

-- What is overdue in a project at this moment is old news to its people: nobody is reminded of it.
create function let_rest(project uuid) returns void language sql as $$
  insert into reminder_floors (project_id, since) values (project, clock_timestamp())
  on conflict (project_id) do update set since = excluded.since;
$$;

create function projects_reopened() returns trigger language plpgsql as $$
begin
  perform let_rest(new.id);
  return null;
end $$;

create trigger reminders_10_rest after update of status on projects for each row
  when (old.status in ('completed', 'archived') and new.status not in ('completed', 'archived')) execute function projects_reopened();

-- As in 0004, but for the floor: what had ended when the project was imported or opened again is not told.
create or replace function remind_due(moment timestamptz, batch int) returns setof uuid language sql as $$
  insert into notifications (id, user_id, kind, project_id, task_id, dedupe_key, data)
  select uuid_v7(), user_id, kind, project_id, task_id, dedupe_key, data from (
    select u.id as user_id, due.kind, t.project_id, t.id as task_id,
           concat_ws(':', due.kind, t.id, t.due_date) as dedupe_key,
           jsonb_build_object('number', t.number, 'title', t.title, 'due_date', t.due_date,
             'project_key', p.key, 'project_name', p.name) as data
    from tasks t
    join projects p on p.id = t.project_id and p.status not in ('completed', 'archived')
    join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category not in ('done', 'cancelled')
    join users u on u.id = any(t.assignee_ids) and u.is_active
    join project_members m on m.project_id = t.project_id and m.user_id = u.id
    left join reminder_floors f on f.project_id = t.project_id
    cross join lateral (select case when day_end(t.due_date, u.timezone) <= moment then 'overdue' else 'due_soon' end as kind) due
    where t.deleted_at is null and t.completed_at is null
      and t.due_date <= (moment at time zone 'UTC' + interval '14 hours')::date -- no zone is further from UTC
      and day_end(t.due_date, u.timezone) <= moment + interval '24 hours'
      and day_end(t.due_date, u.timezone) > coalesce(f.since, '-infinity')
  ) as wanted
  where not exists (select 1 from notifications n where n.user_id = wanted.user_id and n.dedupe_key = wanted.dedupe_key)
  order by user_id, dedupe_key -- two runs at once wait for each other in one order
  limit batch
  on conflict do nothing
  returning user_id;
$$;

-- As in 0008, and what the file's tasks were late with rests.
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('event_seq', lines, 'task_counter', counter, 'stream_epoch', gen_random_uuid())) as row;
  insert into board_columns select row.* from import_last(job, 'column') c, jsonb_populate_record(null::board_columns, c.data) as row;
  insert into project_members select distinct on (row.user_id) row.* from import_last(job, 'member') m,
    jsonb_populate_record(null::project_members, m.data) as row order by row.user_id, role_rank(row.role) desc, m.seq;
  insert into tasks select * from import_tasks(job);
  insert into activity_logs select row.* from import_lines l, jsonb_populate_record(null::activity_logs, l.entry) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer);
  perform import_invite(project, importer);
  perform let_rest(project);
  delete from imports where id = job;
end $$;
