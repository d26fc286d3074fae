-- What a write of the API asks for in one call, with plans that a session keeps: a statement of its own is planned anew
-- each time.

-- A task as it was written.
create or replace function written_task(card tasks) returns jsonb language plpgsql stable as $$
begin
  return journal_row(card);
end $$;

-- Puts a task between the neighbours that a move names: as it now is, null when it is gone or in the trash.
create or replace function move_task(named text, column_key text, before_task uuid, after_task uuid) returns jsonb language plpgsql as $$
declare card tasks; place numeric;
begin
  select * into card from tasks where id = task_id(named) and deleted_at is null;
  if not found then
    return null;
  end if;
  column_key := coalesce(column_key, card.status);
  place := task_rank(card.project_id, column_key, card.id, before_task, after_task);
  update tasks set status = column_key, position = place where id = card.id returning * into card;
  return journal_row(card);
end $$;

-- What the transaction did, read inside it: the head, its first journal rows up to 1 MiB, as events, whom to notify and what is left.
-- `made`: the project that it has made, as nobody had to be admitted to that.
create or replace function write_outcome(made uuid, most int) returns jsonb language plpgsql as $$
declare
  project uuid := coalesce(made, current_setting('flowtrack.project')::uuid);
  last bigint := coalesce(nullif(current_setting('flowtrack.since', true), '')::bigint, 0);
  head bigint; epoch uuid; event activity_logs; events jsonb := '[]'; told jsonb; bytes int := 0;
begin
  select p.event_seq, p.stream_epoch into head, epoch from projects p where p.id = project;
  -- One by one, as no number is missing: a range would be planned anew each time. When the project has gone, so far as there are any.
  while last is distinct from head and jsonb_array_length(events) < most loop
    select * into event from activity_logs a where a.project_id = project and a.seq = last + 1;
    exit when not found;
    told := event_row(event);
    bytes := bytes + octet_length(told::text);
    exit when bytes > 1048576 and events <> '[]';
    last := event.seq;
    events := events || told;
  end loop;
  return jsonb_build_object(
    'head', coalesce(head, nullif(last, 0)), 'epoch', epoch,
    'warning', nullif(current_setting('flowtrack.warning', true), '')::jsonb,
    'left', string_to_array(nullif(current_setting('flowtrack.left', true), ''), ','),
    'notified', array(select distinct user_id from notifications where seq = 0),
    'events', nullif(events, '[]'));
end $$;
