-- The rules of the board, for any writer.

-- The project key `base` for the number 1, else `base` with the number `n` after it, in at most 10 characters.
create or replace function numbered_key(base text, n bigint) returns text language sql immutable as $$
  select case when n = 1 then base else left(base, 10 - length(n::text)) || n end;
$$;

-- A free key for a project, made from its name: the base, or the base with a number. The number is found by doubling
-- and halving, so in logarithmic time. No transaction waits for another: a candidate that another one is about to use
-- counts as taken, and becomes free only if that one fails.
create or replace function free_project_key(base text) returns text language plpgsql as $$
declare taken bigint := 0; free bigint := 1; middle bigint; candidate text;
begin
  while exists (select 1 from projects where key = numbered_key(base, free)) loop
    taken := free;
    free := free * 2;
  end loop;
  while free - taken > 1 loop
    middle := (taken + free) / 2;
    if exists (select 1 from projects where key = numbered_key(base, middle)) then
      taken := middle;
    else
      free := middle;
    end if;
  end loop;
  loop
    candidate := numbered_key(base, free);
    -- The lock first: what its last holder has committed is seen by the query after it.
    if pg_try_advisory_xact_lock(hashtextextended('flowtrack.project_key:' || candidate, 0)) then
      exit when not exists (select 1 from projects where key = candidate);
    end if;
    free := free + 1;
  end loop;
  return candidate;
end $$;

-- A key that a person has chosen for a project that this transaction makes. FT409 if another transaction is about to
-- take it: an import may take minutes, and nobody is to wait for it. One that only looks for a free key is over soon.
create or replace function take_project_key(wanted text) returns text language plpgsql as $$
declare outer_limit text := current_setting('lock_timeout');
begin
  perform set_config('lock_timeout', '300ms', true), pg_advisory_xact_lock(hashtextextended('flowtrack.project_key:' || wanted, 0));
  perform set_config('lock_timeout', outer_limit, true);
  return wanted;
exception when lock_not_available then
  perform fail('FT409', 'key_taken');
end $$;

-- Checks the WIP limit of a column that gets `coming` more live tasks: beyond the limit, FT409 if the column blocks,
-- else a warning. The live tasks of deleted columns that are still to move here count too.
create or replace function check_wip(col board_columns, coming int, except_task uuid default null) returns void language plpgsql as $$
declare live int;
begin
  if col.wip_limit is null or coming = 0 then
    return;
  end if;
  select count(*) into live from tasks where project_id = col.project_id and deleted_at is null and archived_at is null and id is distinct from except_task
    and status = any(array(select col.key union all select subject from pending_acts where project_id = col.project_id and kind = 'deletion' and target = col.key));
  if live + coming <= col.wip_limit then
    return;
  elsif col.wip_mode = 'block' then
    perform fail('FT409', 'wip_limit_reached', jsonb_build_object('column', col.key, 'limit', col.wip_limit, 'count', live));
  end if;
  perform set_config('flowtrack.warning', jsonb_build_object('code', 'wip_limit_exceeded', 'column', col.key, 'limit', col.wip_limit, 'count', live + coming)::text, true);
end $$;

-- FT422 unless `parent` is a task of the project that is not in the trash, is not below the task itself, and has fewer
-- than 20 tasks above it.
create or replace function require_parent(project uuid, task uuid, parent uuid) returns void language plpgsql as $$
declare ancestor uuid := parent; depth int := 0;
begin
  if not exists (select 1 from tasks where id = parent and project_id = project and deleted_at is null) then
    perform fail('FT422', 'parent_not_found', '{"path": "parent_id"}');
  end if;
  while ancestor is not null loop
    if ancestor = task then
      perform fail('FT422', 'parent_is_descendant', '{"path": "parent_id"}');
    end if;
    depth := depth + 1;
    if depth > 20 then
      perform fail('FT422', 'parent_too_deep', '{"path": "parent_id", "limit": 20}');
    end if;
    select parent_id into ancestor from tasks where id = ancestor;
  end loop;
end $$;

-- The rules of a task, for any writer: its assignees, parent, column, rank and WIP limit, and when it was started and
-- completed. `completed_at` stays while the task goes from one done (or cancelled) column to another such column;
-- from cancelled to done, or back, it is set anew.
create or replace function tasks_rules() returns trigger language plpgsql as $$
declare
  entering boolean; col board_columns; present record; not_members uuid[];
begin
  if tg_op = 'UPDATE' and new.seq = old.seq then
    return new; -- nothing changed, or a renumbering
  end if;
  if tg_op = 'UPDATE' and new.assignee_ids <> old.assignee_ids then -- former members go, who are not taken off yet
    new.assignee_ids := array(select a from unnest(new.assignee_ids) with ordinality as present(a, n)
      where a <> all(old.assignee_ids) or exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = a) order by n);
  end if;
  if tg_op = 'INSERT' or new.assignee_ids <> old.assignee_ids then
    select array_agg(a) into not_members from unnest(new.assignee_ids) a
      where not exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = a);
    if not_members is not null then
      perform fail('FT422', 'assignee_not_member', jsonb_build_object('path', 'assignee_ids', 'ids', not_members));
    end if;
  end if;
  if new.parent_id is not null and (tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id) then
    perform require_parent(new.project_id, new.id, new.parent_id);
  end if;

  entering := tg_op = 'INSERT';
  if tg_op = 'UPDATE' then
    entering := new.status <> old.status or (new.deleted_at is null and old.deleted_at is not null)
      or (new.archived_at is null and old.archived_at is not null);
    if not entering and new.position = old.position then
      return new;
    end if;
  end if;
  -- The column, and whether the rank is taken in it.
  select c as itself, exists (select 1 from tasks t where t.project_id = new.project_id and t.status = new.status
      and t.deleted_at is null and t.position = new.position and t.id <> new.id) as taken
    into present from board_columns c where c.project_id = new.project_id and c.key = new.status;
  if not found then
    perform fail('FT422', 'column_not_found', '{"path": "status"}');
  end if;
  col := present.itself;
  if col.pending = 'deletion' and entering then
    if tg_op = 'INSERT' or new.status <> old.status then
      perform fail('FT422', 'column_not_found', '{"path": "status"}');
    end if;
    -- Out of the trash or the archive: it is counted where it is to go.
    select c.* into col from board_columns c join pending_acts a on a.project_id = c.project_id and a.target = c.key
      where a.project_id = new.project_id and a.kind = 'deletion' and a.subject = new.status;
  end if;
  -- No rank, or one that is taken in the column (a writer who set only the status): the bottom.
  if new.position is null or present.taken then
    new.position := case tg_op when 'INSERT' then rank_beside(new.project_id, new.status, new.id, null, null, null)
      else task_rank(new.project_id, new.status, new.id) end;
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
    if col.category = 'in_progress' and new.started_at is null and not (tg_op = 'UPDATE'
        and exists (select 1 from board_columns where project_id = old.project_id and key = old.status and category = 'in_progress')) then
      new.started_at := new.updated_at; -- one that was in progress has begun before, although its import did not say when
    end if;
  end if;
  if new.deleted_at is null and new.archived_at is null and col.wip_limit is not null and coalesce(current_setting('flowtrack.draining', true), '') <> 'on' then
    perform check_wip(col, 1, new.id);
  end if;
  return new;
end $$;

-- A project keeps a manager whose account is active, if it has one, and at least one whose account is not deleted: the
-- row lock keeps this account from being disabled or deleted meanwhile. A former member is taken off tasks and items,
-- at once if they are at most 500. The leases of a member who becomes a viewer end.
create or replace function members_rules() returns trigger language plpgsql as $$
declare head bigint := (select event_seq from projects where id = old.project_id);
begin
  if head is null then
    return null;
  end if;
  if old.role = 'manager' then
    perform 1 from project_members m join users u on u.id = m.user_id
      where m.project_id = old.project_id and m.role = 'manager' and can_replace(u, old.user_id) limit 1 for share of u;
    if not found then
      perform fail('FT409', 'last_manager', jsonb_build_object('project_id', old.project_id));
    end if;
  end if;
  if tg_op = 'UPDATE' then
    if new.role = 'viewer' and old.role <> 'viewer' then
      perform expire_claims(new.user_id, new.project_id);
    end if;
    return null;
  elsif (select count(*) from tasks_assigned_to(old.project_id, old.user_id, head, 501))
    + (select count(*) from items_assigned_to(old.project_id, old.user_id, head, 501)) > 500 then
    perform add_pending_act(old.project_id, 'assignments', old.user_id::text);
  else
    perform unassign(old.project_id, old.user_id, head, 501);
  end if;
  return null;
end $$;

-- The category of the last deleted column that had this key; null if there was none.
create or replace function category_was(project uuid, column_key text) returns text language sql stable as $$
  select data ->> 'category' from activity_logs
  where project_id = project and action = 'column.deleted' and data ->> 'key' = column_key order by seq desc limit 1;
$$;

-- Whether a change of a column's category changes dates of its tasks: one of the two categories starts or ends tasks.
create or replace function changes_dates(was text, is_now text) returns boolean language sql immutable as $$
  select was <> is_now and '{in_progress,done,cancelled}'::text[] && array[was, is_now];
$$;

-- Before a column is journalled: sets its `pending` to 'dates' if its new category changes the dates of more tasks
-- than one transaction handles (500).
create or replace function columns_pending() returns trigger language plpgsql as $$
begin
  if changes_dates(case when tg_op = 'INSERT' then category_was(new.project_id, new.key) else old.category end, new.category) then
    if new.pending = 'deletion' then
      perform fail('FT404', 'not_found'); -- it goes: what it means is settled
    end if;
    new.pending := case when (select count(*) from tasks_of_column(new.project_id, new.key, null, 501)) > 500 then 'dates' end;
  end if;
  return new;
end $$;

-- The rules of columns: a board keeps at least one, and a new category changes the dates of the column's tasks. These
-- are computed anew from the steps, so that a category set by mistake and taken back leaves every date as it was.
create or replace function columns_rules() returns trigger language plpgsql as $$
declare was text;
begin
  if tg_op = 'INSERT' then
    was := category_was(new.project_id, new.key);
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
  if changes_dates(was, new.category) then
    if new.pending = 'dates' then
      perform add_pending_act(new.project_id, 'dates', new.key, case when 'in_progress' in (was, new.category) then 'starts' end);
    else
      perform reread_dates(new.project_id, new.key, 'in_progress' in (was, new.category));
    end if;
  end if;
  return null;
end $$;

-- Moves the first `max_rows` tasks of a column that is being deleted to the bottom of another, in their order, one
-- journalled move each, and no more after about two seconds. All of them if `max_rows` is null.
create or replace function drain_column(project uuid, column_key text, target text, max_rows int default null) returns void language plpgsql as $$
declare bottom numeric := task_rank(project, target, null); task uuid; deadline timestamptz := clock_timestamp() + interval '2 seconds';
begin
  perform set_config('flowtrack.draining', 'on', true);
  for task in select id from tasks where project_id = project and status = column_key order by position, id limit max_rows loop
    update tasks set status = target, position = bottom where id = task;
    bottom := bottom + 1024;
    -- A move to a final column also unblocks the tasks that waited for it.
    exit when max_rows is not null and clock_timestamp() > deadline;
  end loop;
  perform set_config('flowtrack.draining', 'off', true);
end $$;

-- Deletes a column. Its tasks move to another, whose WIP limit is checked once for all of them, and each assignee is
-- notified once. More than 500 tasks move in steps: until the last one the column stays, accepts no task, and its
-- `pending` is 'deletion'. Tasks that were still to come to it from another deleted column go where its own tasks go.
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
    select count(*) into live from tasks where project_id = project and deleted_at is null and archived_at is null and status = any(array(
      select column_key union all select subject from pending_acts where project_id = project and kind = 'deletion' and target = column_key));
    if not exists (select 1 from pending_acts where project_id = project and kind = 'deletion' and subject = column_key and target = into_column) then
      perform check_wip(col, live);
    end if;
    update pending_acts set target = into_column where project_id = project and kind = 'deletion' and target = column_key;
    if found then
      perform report_pending(project);
    end if;
    if (select count(*) from (select 1 from tasks where project_id = project and status = column_key limit 501) held) > 500 then
      update board_columns set pending = 'deletion' where project_id = project and key = column_key;
      perform add_pending_act(project, 'deletion', column_key, into_column);
      perform notify_of_deletion(project, column_key, into_column, head);
      return;
    end if;
    perform drain_column(project, column_key, into_column);
    perform notify_of_drain(project, head);
  end if;
  delete from pending_acts where project_id = project and kind in ('deletion', 'dates') and subject = column_key;
  delete from board_columns where project_id = project and key = column_key;
end $$;

-- Two limits that need the whole task. Depth: `require_parent` counts only the levels above a task, but a task takes
-- its subtasks with it, also those in the trash. Assignees: the schema bounds one request, but several requests with
-- `add_assignee_ids` could exceed 50 together.
create or replace function tasks_limits() returns trigger language plpgsql as $$
declare above int; below int;
begin
  if cardinality(new.assignee_ids) > 50 and (tg_op = 'INSERT' or cardinality(new.assignee_ids) > cardinality(old.assignee_ids)) then
    perform fail('FT422', 'validation_failed', '{"path": "assignee_ids", "message": "must not be more than 50: remove an assignee first"}');
  end if;
  if tg_op = 'INSERT' or new.parent_id is null or new.parent_id is not distinct from old.parent_id then
    return new;
  end if;
  with recursive lower_ones(id, level) as (
    select new.id, 0 union all select t.id, level + 1 from lower_ones l join tasks t on t.parent_id = l.id where level < 20)
    select max(level) into below from lower_ones;
  with recursive upper_ones(id, level) as (
    select new.parent_id, 1 union all select t.parent_id, level + 1 from upper_ones u join tasks t on t.id = u.id
    where t.parent_id is not null and level <= 20)
    select max(level) into above from upper_ones;
  if above + below > 20 then
    perform fail('FT422', 'parent_too_deep', '{"path": "parent_id", "limit": 20}');
  end if;
  return new;
end $$;

-- Whether tasks in a column of this category are completed.
create or replace function is_final(category text) returns boolean language sql immutable as $$
  select category in ('done', 'cancelled');
$$;

-- The category of each column: of live ones the present one, of deleted ones the last. If a key was deleted and made
-- again, the live column counts.
create or replace function column_categories(project uuid) returns table (key text, category text) language sql stable as $$
  select c.key, c.category from board_columns c where c.project_id = project
  union all
  select gone.key, gone.category from (
    select distinct on (l.data ->> 'key') l.data ->> 'key' as key, l.data ->> 'category' as category
    from activity_logs l where l.project_id = project and l.action = 'column.deleted'
    order by l.data ->> 'key', l.seq desc) gone
  where not exists (select 1 from board_columns c where c.project_id = project and c.key = gone.key);
$$;

-- The ids of the tasks that have ever been in a column, in order: the first `max_rows` (null: all) after the id
-- `after`.
create or replace function tasks_of_column(project uuid, column_key text, after uuid, max_rows int) returns setof uuid language sql stable as $$
  select t.id from tasks t
  where t.project_id = project and t.id > coalesce(after, '00000000-0000-0000-0000-000000000000')
    and exists (select 1 from task_steps s where s.project_id = project and s.task_id = t.id and s.status = column_key)
  order by t.id limit max_rows;
$$;

-- Sets when the tasks that have ever been in a column were started and completed, computed by the present categories of
-- the columns from their steps since they came to the project (the last time, if they left it and came back). Reports
-- compute the same (src/features/reports/sql/steps.ts). `starts`: the column's former or present category starts tasks;
-- if not, `started_at` stays as it is. Handles `max_rows` tasks (null: all) after the id `after`; returns the last id,
-- null at the end.
create or replace function reread_dates(project uuid, column_key text, starts boolean, after uuid default null, max_rows int default null) returns uuid language plpgsql as $$
declare picked uuid[] := array(select tasks_of_column(project, column_key, after, max_rows));
begin
  with categories as materialized (select * from column_categories(project)),
  marks as (
    select s.task_id, min(s.at) filter (where c.category = 'in_progress') as begun,
      max(s.at) filter (where is_final(c.category) and w.category is distinct from c.category) as ended
    from unnest(picked) card(id)
      cross join lateral (select max(seq) as seq from task_steps where project_id = project and task_id = card.id and was_status is null) born
      join task_steps s on s.project_id = project and s.task_id = card.id and s.seq >= born.seq
      left join categories c on c.key = s.status left join categories w on w.key = s.was_status
    where s.status is distinct from s.was_status
    group by s.task_id),
  dates as (
    select t.id, case when starts then m.begun else t.started_at end as begun, case when is_final(c.category) then m.ended end as ended
    from marks m join tasks t on t.id = m.task_id join categories c on c.key = t.status)
  update tasks t set started_at = d.begun, completed_at = d.ended from dates d
  where t.id = d.id and (t.started_at, t.completed_at) is distinct from (d.begun, d.ended);
  return case when cardinality(picked) = max_rows then picked[max_rows] end;
end $$;
