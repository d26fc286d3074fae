-- Ranks (I6): the order of tasks in a column and of columns on a board.

-- The shortest decimal strictly between two ranks: few digits, so that renumbering is rare.
create or replace function rank_between(low numeric, high numeric) returns numeric language plpgsql immutable as $$
declare middle numeric;
begin
  for places in 0..64 loop
    middle := round((low + high) * 0.5, places); -- a division would be rounded to 16 places or so
    exit when middle > low and middle < high;
  end loop;
  return middle;
end $$;

-- Makes room after the rank `low` of a column: gives the tasks that follow it, except `except_task` and those in the
-- trash, ranks with few digits, in the same order, with one journal row for all of them. It takes 1,000 tasks, so that
-- the project's lock is not held for long, or more where these have no room. The column gets a new seq; the tasks keep
-- theirs, as nobody changed them, so that an If-Match still holds.
create or replace function renumber_column(project uuid, column_key text, except_task uuid, low numeric) returns void language plpgsql as $$
declare col board_columns; ranks jsonb; many int := 1000; high numeric; step numeric; places int;
begin
  loop
    high := (select position from tasks where project_id = project and status = column_key and deleted_at is null
      and id is distinct from except_task and position > low order by position, id offset many limit 1);
    step := coalesce((high - low) / (many + 2), 1024);
    exit when step > 0.000001;
    many := many * 2;
  end loop;
  places := greatest(0, 2 - floor(log(step)))::int; -- rounded so, ranks stay apart
  perform set_config('flowtrack.renumbering', 'on', true);
  update board_columns set seq = next_seq(project), updated_at = clock_timestamp()
    where project_id = project and key = column_key returning * into col;
  with renumbered as (
    update tasks t set position = case when high is null then trunc(low) + ranked.n * step + step else trim_scale(round(low + ranked.n * step + step, places)) end
      from (select id, row_number() over (order by position, id) as n from tasks
            where project_id = project and status = column_key and deleted_at is null
              and id is distinct from except_task and position > low order by position, id limit many) ranked
      where t.id = ranked.id returning t.id, t.position)
  select coalesce(jsonb_object_agg(id, position::text), '{}') into ranks from renumbered;
  perform set_config('flowtrack.renumbering', 'off', true);
  perform journal_append(project, col.seq, 'column.reordered', 'column', col.id, null, '{}',
    journal_row(col) || jsonb_build_object('positions', ranks), col.updated_at);
end $$;

-- The rank of a task in a column; null when it is in another column or in the trash.
create or replace function rank_in_column(task uuid, project uuid, column_key text) returns numeric language plpgsql as $$
declare t tasks;
begin
  select * into t from tasks where id = task; -- by id alone: no statistics can spoil that
  return case when t.project_id = project and t.status = column_key and t.deleted_at is null then t.position end;
end $$;

-- The rank for a task that goes right after `after_task`, or right before `before_task`, or to the bottom. A
-- neighbour that has left the column meanwhile is ignored: a move never fails because of another one. Call it under
-- the project's lock.
create or replace function task_rank(project uuid, column_key text, task uuid, before_task uuid default null, after_task uuid default null)
returns numeric language plpgsql as $$
begin
  return rank_beside(project, column_key, task, case when task is not null then rank_in_column(task, project, column_key) end, before_task, after_task);
end $$;

-- `task_rank`, when the task's present rank in this column is known: `own`, null when it is not in the column.
create or replace function rank_beside(project uuid, column_key text, task uuid, own numeric, before_task uuid, after_task uuid)
returns numeric language plpgsql as $$
declare low numeric; high numeric; result numeric;
begin
  for attempt in 1..2 loop
    low := case when after_task is not null and after_task is distinct from task then rank_in_column(after_task, project, column_key) end;
    if low is not null then
      select min(position) into high from tasks where project_id = project and status = column_key and deleted_at is null and position > low and id is distinct from task;
    else
      high := case when before_task is not null and before_task is distinct from task then rank_in_column(before_task, project, column_key) end;
      select max(position) into low from tasks where project_id = project and status = column_key and deleted_at is null and id is distinct from task and (high is null or position < high);
    end if;
    if attempt = 1 and own > coalesce(low, 0) and (high is null or own < high) then
      return own; -- it is there already
    elsif high is null then
      return trunc(coalesce(low, 0)) + 1024;
    end if;
    result := rank_between(coalesce(low, 0), high);
    exit when length(replace(result::text, '.', '')) <= 40;
    perform renumber_column(project, column_key, task, coalesce(low, 0));
  end loop;
  return result;
end $$;

-- The rank for a column that goes right before another (FT422 when that is gone), or last. It renumbers the other
-- columns when the rank would be too long.
create or replace function column_rank(project uuid, column_key text, before_key text) returns numeric language plpgsql as $$
declare low numeric; high numeric; result numeric;
begin
  if before_key is not null then
    select position into high from board_columns where project_id = project and key = before_key and key <> column_key;
    if high is null then
      perform fail('FT422', 'column_not_found', '{"path": "before"}');
    end if;
  end if;
  select max(position) into low from board_columns where project_id = project and key <> column_key and (high is null or position < high);
  if high is null then
    return trunc(coalesce(low, 0)) + 1024;
  end if;
  result := rank_between(coalesce(low, 0), high);
  if length(replace(result::text, '.', '')) > 40 then
    update board_columns c set position = ranked.n * 1024
      from (select id, row_number() over (order by position, id) as n from board_columns where project_id = project and key <> column_key) ranked
      where c.id = ranked.id;
    return column_rank(project, column_key, before_key);
  end if;
  return result;
end $$;

-- FT422 unless the neighbour that a move names is a task of the project. It may be in another column, or in the
-- trash.
create or replace function require_neighbour(project uuid, neighbour uuid, path text) returns void language plpgsql as $$
begin
  if neighbour is not null and not exists (select 1 from tasks where id = neighbour and project_id = project) then
    perform fail('FT422', 'task_not_found', jsonb_build_object('path', path));
  end if;
end $$;

-- `require_neighbour`, and FT422 for the card itself.
create or replace function require_other_task(project uuid, card uuid, neighbour uuid, path text) returns void language plpgsql as $$
begin
  if neighbour = card then
    perform fail('FT422', 'validation_failed', jsonb_build_object('path', path, 'message', 'must be another task'));
  end if;
  perform require_neighbour(project, neighbour, path);
end $$;
