-- What a write of the API asks for in one call, with plans that a session keeps: a statement of its own is planned anew
-- each time.

-- A task as it was written.
create or replace function written_task(card tasks) returns jsonb language plpgsql stable as $$
begin
  return journal_row(card);
end $$;

-- Puts a task between the neighbours that a move names: as it now is, null when it is gone or in the trash.
create or replace function move_task(named text, column_key text, before_task uuid, after_task uuid) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); card tasks; place numeric;
begin
  if before_task is not null or after_task is not null then -- though the card may be gone
    perform require_neighbour(current_setting('flowtrack.project')::uuid, before_task, 'before'),
      require_neighbour(current_setting('flowtrack.project')::uuid, after_task, 'after');
  end if;
  select * into card from tasks where id = card_id and deleted_at is null;
  if not found then
    return null;
  end if;
  column_key := coalesce(column_key, card.status);
  place := rank_beside(card.project_id, column_key, card_id, case when card.status = column_key then card.position end, before_task, after_task);
  update tasks set status = column_key, position = place where id = card_id returning * into card;
  return journal_row(card);
end $$;

-- What the transaction did, read inside it: the head, its first journal rows up to 1 MiB, as events, whom to notify and what is left.
-- `made`: the project that it has made, as nobody had to be admitted to that. statement_timeout holds from the statement after
-- the one that sets it, and this one may have begun with the guard: a write that is too late for its client fails here.
create or replace function write_outcome(made uuid, most int) returns jsonb language plpgsql as $$
declare
  project uuid := coalesce(made, current_setting('flowtrack.project')::uuid);
  last bigint := coalesce(nullif(current_setting('flowtrack.since', true), '')::bigint, 0);
  head bigint; epoch uuid; event activity_logs; events jsonb := '[]'; told jsonb; bytes int := 0;
begin
  if clock_timestamp() > statement_timestamp() + interval '8 seconds' then
    raise exception using errcode = 'query_canceled', message = 'the write took longer than 8 s';
  end if;
  select p.event_seq, p.stream_epoch into head, epoch from projects p where p.id = project;
  -- One by one, as no number is missing: a range would be planned anew each time. When the project has gone, so far as there are any.
  while last is distinct from head and jsonb_array_length(events) < most loop
    select * into event from activity_logs a where a.project_id = project and a.seq = last + 1;
    exit when not found;
    told := event_row(event);
    if events <> '[]' or event.seq is distinct from head then -- one alone goes, however long
      bytes := bytes + octet_length(told::text);
      exit when bytes > 1048576 and events <> '[]';
    end if;
    last := event.seq;
    events := events || told;
  end loop;
  return jsonb_build_object(
    'head', coalesce(head, nullif(last, 0)), 'epoch', epoch,
    'warning', nullif(current_setting('flowtrack.warning', true), '')::jsonb,
    'left', string_to_array(nullif(current_setting('flowtrack.left', true), ''), ','),
    'notified', array(select distinct unnest(string_to_array(nullif(current_setting('flowtrack.notified', true), ''), ','))),
    'events', nullif(events, '[]'));
end $$;
