-- The next seq of a project, which locks it until commit. Null when the project is being deleted. Who writes many rows at
-- once counts beside it, and writes the sum (move_together).
create or replace function next_seq(project uuid) returns bigint language plpgsql as $$
declare taken bigint; counted text := current_setting('flowtrack.counting', true);
begin
  if counted <> '' and project::text = current_setting('flowtrack.project', true) then
    taken := counted::bigint + 1;
    perform set_config('flowtrack.counting', taken::text, true);
    return taken;
  end if;
  update projects set event_seq = event_seq + 1 where id = project returning event_seq into taken;
  return taken;
end $$;
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
    if current_setting('flowtrack.counting', true) <> '' then
      new.seq := next_seq(new.project_id);
    else
      update projects set event_seq = event_seq + 1 where id = new.project_id returning event_seq into new.seq;
    end if;
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
-- What the transaction did, read inside it: the head, its first journal rows up to 1 MiB, as events, whom to notify and what is left.
-- `made`: the project that it has made, as nobody had to be admitted to that. statement_timeout holds from the statement after
-- the one that sets it, and this one may have begun with the guard: a write that is too late for its client fails here.
create or replace function write_outcome(made uuid, most int) returns jsonb language plpgsql as $$
declare
  project uuid := coalesce(made, current_setting('flowtrack.project')::uuid);
  last bigint := coalesce(nullif(current_setting('flowtrack.since', true), '')::bigint, 0);
  head bigint; epoch uuid; event activity_logs; events jsonb[] := '{}'; told jsonb; bytes int := 0;
begin
  if clock_timestamp() > statement_timestamp() + interval '8 seconds' then
    raise exception using errcode = 'query_canceled', message = 'the write took longer than 8 s';
  end if;
  select p.event_seq, p.stream_epoch into head, epoch from projects p where p.id = project;
  -- One by one, as no number is missing: a range would be planned anew each time. When the project has gone, so far as there are any.
  while last is distinct from head and cardinality(events) < most loop
    select * into event from activity_logs a where a.project_id = project and a.seq = last + 1;
    exit when not found;
    told := event_row(event);
    bytes := bytes + pg_column_size(told);
    exit when bytes > 1048576 and events <> '{}';
    last := event.seq;
    events := array_append(events, told);
  end loop;
  return jsonb_build_object(
    'head', coalesce(head, nullif(last, 0)), 'epoch', epoch,
    'warning', nullif(current_setting('flowtrack.warning', true), '')::jsonb,
    'left', string_to_array(nullif(current_setting('flowtrack.left', true), ''), ','),
    'notified', coalesce(to_jsonb(string_to_array(nullif(current_setting('flowtrack.notified', true), ''), ',')), '[]'),
    'events', case when events <> '{}' then to_jsonb(events) end);
end $$;
--> statement-breakpoint
-- A task as a result has it: with the first 500 characters of its description, so that a hundred of them have a bound.
create or replace function shown_task(task jsonb) returns jsonb language plpgsql immutable as $$
begin
  if length(task ->> 'description') > 500 then
    return task || jsonb_build_object('description', left(task ->> 'description', 500), 'description_truncated', true);
  end if;
  return task;
end $$;
--> statement-breakpoint
-- Does one operation. The result has the task as the journal has just told it, and the WIP limit that it went past.
create or replace function apply_operation(op jsonb, project uuid, usual int) returns jsonb language plpgsql as $$
declare t tasks; kind text := op ->> 'op'; task jsonb; result jsonb; warning text;
begin
  if kind = 'create' then
    t := bulk_create(op, project, usual);
  elsif kind = 'update' then
    t := bulk_update(op, project);
  elsif kind = 'move' then
    t := bulk_move(op, project);
  else
    t := bulk_delete(op, project);
    return '{"op": "delete", "status": 204}';
  end if;
  if t.seq > current_setting('flowtrack.since')::bigint then -- its ranks may have been written anew since
    select data || jsonb_build_object('position', t.position::text) into task from activity_logs where project_id = project and seq = t.seq;
  else
    task := journal_row(t);
  end if;
  result := jsonb_build_object('op', kind, 'status', case kind when 'create' then 201 else 200 end, 'task', shown_task(task));
  warning := current_setting('flowtrack.warning', true);
  if warning <> '' then
    perform set_config('flowtrack.warning', '', true);
    result := result || jsonb_build_object('warnings', jsonb_build_array(warning::jsonb));
  end if;
  return result;
end $$;
--> statement-breakpoint
-- Tasks that all go to the bottom of one column without a WIP limit, in which none of them is: most bulks are that. As one
-- statement, whose beginning costs more than a row, and with one write of the project's counter. Null when it is anything else.
-- The settings leave one plan: the list in its order, and each task by its id.
create or replace function move_together(ops jsonb, project uuid) returns jsonb language plpgsql
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  target text := ops -> 0 ->> 'status'; bottom numeric; results jsonb; head bigint;
  named uuid[] := array(select task_id(op ->> 'id') from jsonb_array_elements(ops) with ordinality o (op, n)
    where op ->> 'op' = 'move' and op ->> 'status' = target and not op ?| '{seq,before,after}' order by n);
begin
  if cardinality(named) < greatest(jsonb_array_length(ops), 2)
    or (select count(*) from tasks t where t.id = any(named) and t.project_id = project and t.deleted_at is null and t.status <> target) < cardinality(named)
    or not exists (select 1 from board_columns c where c.project_id = project and c.key = target and c.wip_limit is null and c.pending is distinct from 'deletion') then
    return null;
  end if;
  bottom := task_rank(project, target, null);
  select event_seq into head from projects where id = project;
  perform set_config('flowtrack.counting', head::text, true);
  with moved as (
    update tasks t set status = target, position = bottom + 1024 * (o.n - 1)
      from (select id, n from unnest(named) with ordinality o (id, n) order by n) o where t.id = o.id returning t as task, o.n)
  select jsonb_agg(jsonb_build_object('op', 'move', 'status', 200, 'task', shown_task(journal_row(task))) order by n) into results from moved;
  update projects set event_seq = current_setting('flowtrack.counting')::bigint where id = project;
  perform set_config('flowtrack.counting', '', true);
  return results;
end $$;
--> statement-breakpoint
-- The answer to a list of operations. A setting has it for the statement that keeps it under an Idempotency-Key. A plan that is
-- made for one task is as good for the next: to make it for each would take a fifth of the time.
create or replace function apply_operations(ops jsonb, partial boolean, usual int) returns text language plpgsql set plan_cache_mode = 'force_generic_plan' as $$
declare results jsonb := move_together(ops, current_setting('flowtrack.project')::uuid);
begin
  if results is null then
    results := case when partial then apply_each(ops, usual) else apply_all(ops, usual) end;
  end if;
  return set_config('flowtrack.answer', jsonb_build_object('results', results)::text, true);
end $$;
