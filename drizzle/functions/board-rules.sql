-- The rules of the board, for any writer.

create or replace function numbered_key(base text, n bigint) returns text language sql immutable as $$
  select case when n = 1 then base else left(base, 10 - length(n::text)) || n end;
$$;

-- A free key for a project, made from its name: the base, or the base with a number. The number is
-- found by doubling and halving, so in logarithmic time. Nobody waits for anybody: a candidate that
-- another transaction is about to use counts as taken, and is used again only if that one fails.
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

-- Whether a column takes some tasks more: FT409 where its limit is hard, a warning where it is not.
create or replace function check_wip(col board_columns, coming int, except_task uuid default null) returns void language plpgsql as $$
declare live int;
begin
  if col.wip_limit is null or coming = 0 then
    return;
  end if;
  select count(*) into live from tasks where project_id = col.project_id and status = col.key and deleted_at is null and id is distinct from except_task;
  if live + coming <= col.wip_limit then
    return;
  elsif col.wip_mode = 'block' then
    perform fail('FT409', 'wip_limit_reached', jsonb_build_object('column', col.key, 'limit', col.wip_limit, 'count', live));
  end if;
  perform set_config('flowtrack.warning', jsonb_build_object('code', 'wip_limit_exceeded', 'column', col.key, 'limit', col.wip_limit, 'count', live + coming)::text, true);
end $$;

-- What holds for a task, whoever writes it: assignees, parent, column, rank and WIP limit; when it began and
-- ended. It stays finished (or cancelled) since it first became so, while it goes from one such column to another. From cancelled to done, or back, is another end.
create or replace function tasks_rules() returns trigger language plpgsql as $$
declare
  entering boolean; col board_columns; strangers uuid[]; ancestor uuid; depth int := 0;
begin
  if tg_op = 'UPDATE' and new.seq = old.seq then
    return new; -- nothing changed, or a renumbering
  end if;
  if tg_op = 'UPDATE' and new.assignee_ids <> old.assignee_ids then -- former members go, who are not taken off yet
    new.assignee_ids := array(select a from unnest(new.assignee_ids) with ordinality as present(a, n)
      where a <> all(old.assignee_ids) or exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = a) order by n);
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

-- Somebody manages each project, and they have an account: the row lock keeps who stays from being deleted meanwhile.
-- Who goes is taken off their tasks, at once if those are few.
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
  elsif (select count(*) from assigned_by(old.project_id, old.user_id, head, 501)) > 500 then
    perform leave_for_later(old.project_id, 'assignments', old.user_id::text);
  else
    perform unassign(old.project_id, old.user_id, head, 501);
  end if;
  return null;
end $$;

-- What holds for columns: that one stays, and the dates of their tasks when a category changes. Those are
-- read anew from the steps: a category given by mistake and taken back leaves every date as it was.
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

-- Empties a column before it is deleted: its tasks go to the bottom of another, in their order, one journalled
-- move each. The WIP limit is checked once for all of them, and each person is told once.
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

-- Limits that `tasks_rules` does not see: it counts what is above a task, and a task may bring what is
-- below it along, trashed ones too; and a set may grow by single additions.
create or replace function tasks_limits() returns trigger language plpgsql as $$
declare above int; below int;
begin
  if cardinality(new.assignee_ids) > 50 and (tg_op = 'INSERT' or cardinality(new.assignee_ids) > cardinality(old.assignee_ids)) then
    perform fail('FT422', 'validation_failed', '{"path": "assignee_ids", "message": "are at most 50: take somebody off first"}');
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

create or replace function is_final(category text) returns boolean language sql immutable as $$
  select category in ('done', 'cancelled');
$$;

-- What columns mean: the live ones as they are now, deleted ones as they were last. A key that was deleted
-- and made again is the live column's.
create or replace function column_categories(project uuid) returns table (key text, category text) language sql stable as $$
  select c.key, c.category from board_columns c where c.project_id = project
  union all
  select gone.key, gone.category from (
    select distinct on (l.data ->> 'key') l.data ->> 'key' as key, l.data ->> 'category' as category
    from activity_logs l where l.project_id = project and l.action = 'column.deleted'
    order by l.data ->> 'key', l.seq desc) gone
  where not exists (select 1 from board_columns c where c.project_id = project and c.key = gone.key);
$$;

-- When the tasks that have ever been in a column were begun and ended: read anew from their steps, by what the
-- columns mean now. Reports say the same of the same steps (src/reports/sql/steps.ts). `starts`: the column does,
-- or did, begin tasks; if not, when they were begun is as it was.
create or replace function reread_dates(project uuid, column_key text, starts boolean) returns void language sql as $$
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
