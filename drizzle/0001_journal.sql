-- The journal (invariants I2, I3): triggers write it, so that no write path can forget it.
--
-- A write to a project's data locks the project's row, takes the next `event_seq`, stamps it on the
-- row as `seq`, and adds one row to `activity_logs`, all in the writer's transaction. The lock is
-- held until commit: commit order is seq order, without a gap or a twin, for any writer.
--
-- SQLSTATEs raised here are domain errors: class FT + the HTTP-like kind, message = error code,
-- detail = JSON. src/transaction/write.ts maps them.

create function fail(state text, code text, detail jsonb default null) returns void language plpgsql as $$
begin
  raise exception using errcode = state, message = code, detail = coalesce(detail::text, '');
end $$;

-- Who writes. A null actor is FlowTrack itself (a scheduled job). Transaction-local.
create function set_actor(actor uuid, request text default null) returns void language sql as $$
  select set_config('flowtrack.actor', coalesce(actor::text, 'system'), true),
         set_config('flowtrack.request_id', coalesce(request, ''), true);
$$;

-- A row as clients see it: instants as RFC 3339 UTC with milliseconds, ranks as text (more digits
-- than a double holds), no counters that change with every event.
create function journal_row(r jsonb) returns jsonb language sql immutable as $$
  select (r - '{event_seq,stream_epoch,task_counter}'::text[]) || coalesce((
    select jsonb_object_agg(key, case
      when key = 'position' then to_jsonb(value #>> '{}')
      else to_jsonb(to_char((value #>> '{}')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    end)
    from jsonb_each(r)
    where (key = 'position' or key like '%\_at') and value <> 'null'), '{}');
$$;

create function journal_changes(before jsonb, after jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(key, jsonb_build_array(o.value, n.value)), '{}')
  from jsonb_each(before) o join jsonb_each(after) n using (key)
  where o.value is distinct from n.value and key not in ('seq', 'updated_at');
$$;

create function journal_append(project uuid, seq bigint, action text, entity text, entity_id uuid, task uuid, changes jsonb, data jsonb)
returns void language plpgsql as $$
declare actor text := current_setting('flowtrack.actor', true);
begin
  if coalesce(actor, '') = '' then
    perform fail('FT500', 'actor_missing');
  end if;
  insert into activity_logs (project_id, seq, user_id, action, entity, entity_id, task_id, changes, data, request_id)
  values (project, seq, nullif(actor, 'system')::uuid, action, entity, entity_id, task, changes, data,
          nullif(current_setting('flowtrack.request_id', true), ''));
end $$;

-- The next seq of a project, which locks it until commit. Null when the project is being deleted.
create function next_seq(project uuid) returns bigint language sql as $$
  update projects set event_seq = event_seq + 1 where id = project returning event_seq;
$$;

-- BEFORE INSERT OR UPDATE: lock the project and stamp the row. What changes nothing is not stamped.
create function journal_stamp() returns trigger language plpgsql as $$
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
    update projects set event_seq = event_seq + 1, task_counter = task_counter + 1
      where id = new.project_id returning event_seq, task_counter, key into new.seq, counter, project_key;
    new.number := project_key || '-' || counter;
  else
    new.seq := next_seq(new.project_id);
  end if;
  new.updated_at := clock_timestamp();
  return new;
end $$;

-- AFTER INSERT, UPDATE OR DELETE: one journal row for the change. TG_ARGV: entity, and what this
-- entity calls being created and deleted.
create function journal_write() returns trigger language plpgsql as $$
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
  perform journal_append(new.project_id, new.seq, entity || '.' || verb, entity, new.id, task, changes, n);
  return null;
end $$;

-- At commit: every number that was taken has its row. What takes one and then writes nothing (INSERT
-- … ON CONFLICT, a script that sets the counter) is refused. A restored journal has another epoch.
create function journal_verify() returns trigger language plpgsql as $$
begin
  if new.event_seq < old.event_seq and new.stream_epoch = old.stream_epoch
    or new.event_seq - old.event_seq > (select count(*) from activity_logs
      where project_id = new.id and seq > old.event_seq and seq <= new.event_seq) then
    perform fail('FT500', 'journal_gap');
  end if;
  return null;
end $$;

create constraint trigger journal_90_verify after update on projects deferrable initially deferred
  for each row when (new.event_seq <> old.event_seq) execute function journal_verify();

-- Nor may a script write ahead of the counter: the next event would find its number taken.
create function journal_verify_row() returns trigger language plpgsql as $$
begin
  if new.seq < 1 or new.seq > (select event_seq from projects where id = new.project_id) then
    perform fail('FT500', 'journal_ahead_of_counter');
  end if;
  return null;
end $$;

create constraint trigger journal_90_verify after insert on activity_logs deferrable initially deferred
  for each row when (pg_trigger_depth() = 0) execute function journal_verify_row();

create function refuse_truncate() returns trigger language plpgsql as $$
begin
  perform fail('FT500', 'truncate_is_not_journalled');
end $$;

create trigger refuse_truncate before truncate on projects for each statement execute function refuse_truncate();
create trigger refuse_truncate before truncate on project_members for each statement execute function refuse_truncate();
create trigger refuse_truncate before truncate on board_columns for each statement execute function refuse_truncate();
create trigger refuse_truncate before truncate on tasks for each statement execute function refuse_truncate();

create trigger journal_10_stamp before insert or update on project_members for each row execute function journal_stamp();
create trigger journal_10_stamp before insert or update on board_columns for each row execute function journal_stamp();
create trigger journal_10_stamp before insert or update on tasks for each row execute function journal_stamp();

create trigger journal_10_write after insert or update or delete on project_members for each row execute function journal_write('member', 'added', 'removed');
create trigger journal_10_write after insert or update or delete on board_columns for each row execute function journal_write('column', 'created', 'deleted');
create trigger journal_10_write after insert or update or delete on tasks for each row execute function journal_write('task', 'created', 'purged');

-- Projects journal themselves: their row is the lock and the counter.
create function projects_stamp() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    new.event_seq := 1;
  else
    new.event_seq := old.event_seq;
    new.seq := old.seq;
    new.updated_at := old.updated_at;
    if new is not distinct from old then
      return new;
    end if;
    if new.id <> old.id or new.key <> old.key then
      perform fail('FT500', 'identity_is_immutable');
    end if;
    new.event_seq := old.event_seq + 1;
  end if;
  new.seq := new.event_seq;
  new.updated_at := clock_timestamp();
  return new;
end $$;

create function projects_write() returns trigger language plpgsql as $$
declare o jsonb; n jsonb;
begin
  if tg_op = 'DELETE' then
    perform journal_append(old.id, old.event_seq + 1, 'project.deleted', 'project', old.id, null, '{}', journal_row(to_jsonb(old)));
  elsif tg_op = 'INSERT' then
    perform journal_append(new.id, new.seq, 'project.created', 'project', new.id, null, '{}', journal_row(to_jsonb(new)));
  elsif new.seq <> old.seq then
    o := journal_row(to_jsonb(old));
    n := journal_row(to_jsonb(new));
    perform journal_append(new.id, new.seq, 'project.updated', 'project', new.id, null, journal_changes(o, n), n);
  end if;
  return null;
end $$;

-- Column lists keep the counter's own updates (next_seq) from firing these.
create trigger journal_10_stamp before insert or update of id, key, name, description, status, created_by, start_date, due_date, created_at, updated_at, seq
  on projects for each row execute function projects_stamp();
create trigger journal_10_write after insert or delete or update of id, key, name, description, status, created_by, start_date, due_date, created_at, updated_at, seq
  on projects for each row execute function projects_write();

-- The counter is updated with every event: room on the page keeps those updates in place (HOT).
alter table projects set (fillfactor = 50);
alter table tasks set (fillfactor = 85);

create function journal_is_append_only() returns trigger language plpgsql as $$
begin
  perform fail('FT500', 'journal_is_append_only');
end $$;

create trigger append_only before update or delete or truncate on activity_logs for each statement execute function journal_is_append_only();

-- Ranks (I6) ---------------------------------------------------------------------------------

-- The shortest decimal strictly between two ranks: few digits, so that renumbering is rare.
create function rank_between(low numeric, high numeric) returns numeric language plpgsql immutable as $$
declare middle numeric;
begin
  for places in 0..64 loop
    middle := round((low + high) * 0.5, places); -- a division would be rounded to 16 places or so
    exit when middle > low and middle < high;
  end loop;
  return middle;
end $$;

-- Gives a column's live tasks round ranks again, in the same order: one journal row for all of them,
-- and its seq is theirs. The task that is about to be ranked is left out: the statement that asks is
-- updating its row.
create function renumber_column(project uuid, column_key text, except_task uuid) returns void language plpgsql as $$
declare col board_columns; ranks jsonb;
begin
  perform set_config('flowtrack.renumbering', 'on', true);
  update board_columns set seq = next_seq(project), updated_at = clock_timestamp()
    where project_id = project and key = column_key returning * into col;
  with renumbered as (
    update tasks t set position = ranked.n * 1024, seq = col.seq, updated_at = col.updated_at
      from (select id, row_number() over (order by position, id) as n from tasks
            where project_id = project and status = column_key and deleted_at is null and id <> except_task) ranked
      where t.id = ranked.id returning t.id, t.position)
  select coalesce(jsonb_object_agg(id, position::text), '{}') into ranks from renumbered;
  perform set_config('flowtrack.renumbering', 'off', true);
  perform journal_append(project, col.seq, 'column.reordered', 'column', col.id, null, '{}',
    journal_row(to_jsonb(col)) || jsonb_build_object('positions', ranks));
end $$;

-- The rank of a live task, null unless it is in this column.
create function rank_in_column(task uuid, project uuid, column_key text) returns numeric language plpgsql as $$
declare t tasks;
begin
  select * into t from tasks where id = task; -- by id alone: no statistics can spoil that
  return case when t.project_id = project and t.status = column_key and t.deleted_at is null then t.position end;
end $$;

-- The rank for a task that goes right after `after_task`, or right before `before_task`, or to the
-- bottom. A neighbour that has left the column meanwhile is no neighbour: a move never fails
-- because somebody else moved. Call it under the project's lock.
create function task_rank(project uuid, column_key text, task uuid, before_task uuid default null, after_task uuid default null)
returns numeric language plpgsql as $$
declare low numeric; high numeric; own numeric; result numeric;
begin
  own := rank_in_column(task, project, column_key);
  for attempt in 1..2 loop
    low := rank_in_column(nullif(after_task, task), project, column_key);
    if low is not null then
      select min(position) into high from tasks where project_id = project and status = column_key and deleted_at is null and position > low and id is distinct from task;
    else
      high := rank_in_column(nullif(before_task, task), project, column_key);
      select max(position) into low from tasks where project_id = project and status = column_key and deleted_at is null and id is distinct from task and (high is null or position < high);
    end if;
    if attempt = 1 and own > coalesce(low, 0) and (high is null or own < high) then
      return own; -- it is there already
    elsif high is null then
      return trunc(coalesce(low, 0)) + 1024;
    end if;
    result := rank_between(coalesce(low, 0), high);
    exit when length(replace(result::text, '.', '')) <= 40;
    perform renumber_column(project, column_key, task);
  end loop;
  return result;
end $$;

-- The rank for a column that goes right before another, or last.
create function column_rank(project uuid, column_key text, before_key text) returns numeric language plpgsql as $$
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

-- A neighbour that a move names must be a task of the project, though it may have moved or gone.
create function require_neighbour(project uuid, neighbour uuid, path text) returns void language plpgsql as $$
begin
  if neighbour is not null and not exists (select 1 from tasks where id = neighbour and project_id = project) then
    perform fail('FT422', 'task_not_found', jsonb_build_object('path', path));
  end if;
end $$;

-- A free key for a project, made from its name. Two projects of one name queue up until commit.
create function free_project_key(base text) returns text language plpgsql as $$
declare candidate text := base; n int := 1;
begin
  perform pg_advisory_xact_lock(hashtext('flowtrack.project_key')); -- one lock: numbered keys of two names can meet
  while exists (select 1 from projects where key = candidate) loop
    n := n + 1;
    candidate := left(base, 10 - length(n::text)) || n;
  end loop;
  return candidate;
end $$;

-- The rules of the board, for any writer ------------------------------------------------------

-- Whether a column takes some tasks more: FT409 where its limit is hard, a warning where it is not.
create function check_wip(col board_columns, coming int, except_task uuid default null) returns void language plpgsql as $$
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

create function tasks_rules() returns trigger language plpgsql as $$
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
    new.completed_at := case when col.category in ('done', 'cancelled') then clock_timestamp() end;
    if col.category = 'in_progress' then
      new.started_at := coalesce(new.started_at, clock_timestamp());
    end if;
  end if;
  if new.deleted_at is null and coalesce(current_setting('flowtrack.draining', true), '') <> 'on' then
    perform check_wip(col, 1, new.id);
  end if;
  return new;
end $$;

create trigger journal_20_rules before insert or update on tasks for each row execute function tasks_rules();

create function members_rules() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from projects where id = old.project_id) then
    return null;
  end if;
  if old.role = 'manager' and not exists (select 1 from project_members where project_id = old.project_id and role = 'manager') then
    perform fail('FT409', 'last_manager', jsonb_build_object('project_id', old.project_id));
  end if;
  if tg_op = 'DELETE' then
    update tasks set assignee_ids = array_remove(assignee_ids, old.user_id)
      where project_id = old.project_id and assignee_ids @> array[old.user_id];
  end if;
  return null;
end $$;

create trigger journal_20_rules after update or delete on project_members for each row execute function members_rules();

create function columns_rules() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from board_columns where project_id = new.project_id) > 50 then
      perform fail('FT409', 'too_many_columns', '{"limit": 50}');
    end if;
    return null;
  end if;
  if tg_op = 'DELETE' then
    if exists (select 1 from projects where id = old.project_id) and not exists (select 1 from board_columns where project_id = old.project_id) then
      perform fail('FT409', 'last_column');
    end if;
  elsif new.key <> old.key then
    perform fail('FT500', 'identity_is_immutable');
  elsif new.category <> old.category then
    update tasks set
      completed_at = case when new.category in ('done', 'cancelled') then coalesce(completed_at, clock_timestamp()) end,
      started_at = case when new.category = 'in_progress' then coalesce(started_at, clock_timestamp()) else started_at end
      where project_id = new.project_id and status = new.key;
  end if;
  return null;
end $$;

create trigger journal_20_rules after insert or update or delete on board_columns for each row execute function columns_rules();

-- Empties a column before it is deleted: its tasks go to the bottom of another, in their order, one
-- journalled move each. The WIP limit is looked at once, for all of them.
create function drain_column(project uuid, column_key text, target text) returns void language plpgsql as $$
declare held int; live int; col board_columns; bottom numeric; task uuid;
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
  perform set_config('flowtrack.draining', 'on', true);
  for task in select id from tasks where project_id = project and status = column_key order by position, id loop
    update tasks set status = target, position = bottom where id = task;
    bottom := bottom + 1024;
  end loop;
  perform set_config('flowtrack.draining', 'off', true);
end $$;
