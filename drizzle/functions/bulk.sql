-- Many operations on a project's tasks in one statement (src/features/bulk), under the lock that the guard has taken.
-- Each does what the request for a single task does: the same triggers, checks and events.

-- The task that an operation names: FT422 unless it is in the project and not in the trash, FT412 when it is not at
-- the version that the operation expects.
create or replace function operand(op jsonb, project uuid) returns tasks language plpgsql as $$
declare named uuid := task_id(op ->> 'id'); t tasks;
begin
  select * into t from tasks where id = named; -- by id alone: no statistics can spoil that
  if t.project_id is distinct from project or t.deleted_at is not null then
    perform fail('FT422', 'task_not_found', '{"path": "id"}');
  end if;
  perform require_version(t.seq, (op ->> 'seq')::bigint);
  return t;
end $$;

-- The operation `create`: `create_task` with its fields, in the project and by the actor of this transaction.
create or replace function bulk_create(op jsonb, project uuid, default_quota int) returns tasks language plpgsql as $$
begin
  return create_task(op - 'op' || jsonb_build_object('project_id', project, 'created_by', current_setting('flowtrack.actor')), default_quota);
end $$;

-- The operation `update`: FT409 for a conflict with changes since `base_seq`, and the errors of `operand`.
create or replace function bulk_update(op jsonb, project uuid) returns tasks language plpgsql as $$
declare
  t tasks := operand(op, project); fields jsonb := with_days(op - '{op,id,seq,base_seq}'::text[]);
begin
  if op ? 'base_seq' then
    perform require_mergeable(project, t.id, (op ->> 'base_seq')::bigint,
      fields - '{add_assignee_ids,remove_assignee_ids,add_label_ids,remove_label_ids}'::text[]);
  end if;
  return change_task(t, fields, coalesce((op ->> 'base_seq')::bigint, (op ->> 'seq')::bigint));
end $$;

-- The operation `move`. Without neighbours one statement does it all. Only when it changed nothing, `operand` says
-- why.
create or replace function bulk_move(op jsonb, project uuid) returns tasks language plpgsql as $$
declare t tasks; card_id uuid := task_id(op ->> 'id'); before_task uuid := (op ->> 'before')::uuid; after_task uuid := (op ->> 'after')::uuid;
begin
  if op ?| '{before,after}' then
    perform operand(op, project), require_other_task(project, card_id, before_task, 'before'), require_other_task(project, card_id, after_task, 'after');
  end if;
  t := place_task(card_id, project, op ->> 'status', before_task, after_task, (op ->> 'seq')::bigint);
  if t.id is null then
    perform operand(op, project);
  end if;
  return t;
end $$;

-- The operation `delete`: moves a task to the trash. FT403 unless the actor is an editor, and the errors of `operand`.
create or replace function bulk_delete(op jsonb, project uuid) returns tasks language plpgsql as $$
declare t tasks;
begin
  perform check_role(project, current_setting('flowtrack.actor')::uuid, 'editor', current_setting('flowtrack.role'));
  t := operand(op, project);
  update tasks set deleted_at = clock_timestamp() where id = t.id returning * into t;
  return t;
end $$;

-- A task as a result shows it: with the first 500 characters of its description, so that the size of a hundred
-- results is bounded.
create or replace function shown_task(task jsonb) returns jsonb language plpgsql immutable as $$
begin
  if length(task ->> 'description') > 500 then
    return task || jsonb_build_object('description', left(task ->> 'description', 500), 'description_truncated', true);
  end if;
  return task;
end $$;

-- Does one operation. Returns its result: the task as the journal has just recorded it, and a warning if a WIP limit
-- was exceeded.
create or replace function apply_operation(op jsonb, project uuid, default_quota int) returns jsonb language plpgsql as $$
declare t tasks; kind text := op ->> 'op'; task jsonb; result jsonb; warning text;
begin
  if kind = 'create' then
    t := bulk_create(op, project, default_quota);
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

-- Does the most frequent bulk: several tasks of other columns go to the bottom of one column without a WIP limit. One
-- statement moves them, since to begin a statement costs more than a row, and it writes the project's counter once.
-- Null, and nothing done, for any other list. The settings leave the planner one plan: the list in its order, and
-- each task by its id.
create or replace function move_together(ops jsonb, project uuid) returns jsonb language plpgsql
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  target text := ops -> 0 ->> 'status'; bottom numeric; results jsonb; head bigint; reached bigint;
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
  reached := current_setting('flowtrack.counting')::bigint;
  update projects set event_seq = reached where id = project;
  perform set_config('flowtrack.counting', '', true);
  if reached > head + cardinality(named) then -- tasks were unblocked or blocked, after the rows were returned: perhaps some of these
    select jsonb_agg(jsonb_build_object('op', 'move', 'status', 200, 'task', shown_task(journal_row(t))) order by o.n) into results
      from unnest(named) with ordinality o (id, n) join tasks t on t.id = o.id;
  end if;
  return results;
end $$;

-- The refusal of operation `n`, with its place in the request. Null for an error that is no refusal: a failure of the
-- database, or a bug.
create or replace function refusal_at(n int, state text, code text, facts text, broken text) returns jsonb language sql immutable as $$
  select case
    when broken = 'tasks_dates' then jsonb_build_object('message', 'validation_failed', 'detail',
      jsonb_build_object('path', 'operations.' || n || '.due_date', 'message', 'must not be before start_date')::text, 'code', 'FT422')
    when state like 'FT4%' then jsonb_build_object('code', state, 'message', code, 'detail', (f.facts
      || jsonb_build_object('path', concat_ws('.', 'operations', n, f.facts ->> 'path')))::text) end
  from (select case when state like 'FT4%' and facts <> '' then facts::jsonb else '{}' end as facts) f;
$$;

-- Does all operations, or none: the first refusal undoes them, and names its operation.
create or replace function apply_all(ops jsonb, default_quota int) returns jsonb language plpgsql as $$
declare results jsonb[] := '{}'; n int := 0; state text; code text; facts text; broken text; refused jsonb;
begin
  while n < jsonb_array_length(ops) loop
    results := array_append(results, apply_operation(ops -> n, current_setting('flowtrack.project')::uuid, default_quota));
    n := n + 1;
  end loop;
  return to_jsonb(results);
exception when others then
  get stacked diagnostics state = returned_sqlstate, code = message_text, facts = pg_exception_detail, broken = constraint_name;
  refused := refusal_at(n, state, code, facts, broken);
  if refused is null then
    raise;
  end if;
  raise exception using errcode = refused ->> 'code', message = refused ->> 'message', detail = refused ->> 'detail';
end $$;

-- Does each operation by itself. A refused one is undone: the seqs and the task number that it took are free again.
-- Its result is the refusal.
create or replace function apply_each(ops jsonb, default_quota int) returns jsonb language plpgsql as $$
declare results jsonb[] := '{}'; state text; code text; facts text; broken text; refused jsonb;
begin
  for n in 0 .. jsonb_array_length(ops) - 1 loop
    begin
      results := array_append(results, apply_operation(ops -> n, current_setting('flowtrack.project')::uuid, default_quota));
    exception when others then
      get stacked diagnostics state = returned_sqlstate, code = message_text, facts = pg_exception_detail, broken = constraint_name;
      refused := refusal_at(n, state, code, facts, broken);
      if refused is null then
        raise;
      end if;
      results := array_append(results, jsonb_build_object('op', ops -> n -> 'op', 'refused', refused, 'instance', current_setting('flowtrack.request_id')));
    end;
  end loop;
  return to_jsonb(results);
end $$;

-- Does a list of operations, and returns the answer as JSON text. The setting flowtrack.answer keeps it for the
-- statement that stores it under an Idempotency-Key. One generic plan serves all tasks: planning for each would take
-- a fifth of the time.
create or replace function apply_operations(ops jsonb, partial boolean, default_quota int) returns text language plpgsql set plan_cache_mode = 'force_generic_plan' as $$
declare results jsonb := move_together(ops, current_setting('flowtrack.project')::uuid);
begin
  if results is null then
    results := case when partial then apply_each(ops, default_quota) else apply_all(ops, default_quota) end;
  end if;
  return set_config('flowtrack.answer', jsonb_build_object('results', results)::text, true);
end $$;
