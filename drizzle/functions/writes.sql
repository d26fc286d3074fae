-- Creating, editing and moving a task, one call each, in PL/pgSQL: a database connection keeps its plans, while a
-- separate statement is planned anew each time.

-- A task as clients see it: `journal_row` in PL/pgSQL, so that a separate statement does not plan its expression each
-- time.
create or replace function written_task(card tasks) returns jsonb language plpgsql stable as $$
begin
  return journal_row(card);
end $$;

-- A task for the caller of this transaction: only the seq when the first event, which is sent anyway, has the row;
-- null when there is no task.
create or replace function task_or_seq(card tasks) returns jsonb language plpgsql stable as $$
begin
  if card.id is null then
    return null;
  elsif card.seq = nullif(current_setting('flowtrack.since', true), '')::bigint + 1 then
    return to_jsonb(card.seq);
  end if;
  return journal_row(card);
end $$;

-- The fields of a task; a date that came as an instant in UTC becomes the actor's day at that instant
-- (src/db/day.ts).
create or replace function with_days(fields jsonb) returns jsonb language plpgsql stable as $$
declare field text; zone text;
begin
  foreach field in array '{start_date,due_date}'::text[] loop
    if fields ->> field like '%Z' then
      zone := coalesce(zone, (select timezone from users where id = current_setting('flowtrack.actor')::uuid));
      fields := fields || jsonb_build_object(field, ((fields ->> field)::timestamptz at time zone zone)::date);
    end if;
  end loop;
  return fields;
end $$;

-- Adds a task at the bottom of its column; without a status, of the board's first column. `fields`: those of the
-- request, with id, project_id and created_by. FT409 when the project has no room.
create or replace function create_task(fields jsonb, default_quota int) returns tasks language plpgsql as $$
declare card tasks;
begin
  if fields ?| '{start_date,due_date}' then
    fields := with_days(fields);
  end if;
  card := jsonb_populate_record(null::tasks, fields);
  card.number := require_room_for_task(card.project_id, default_quota); -- as yet
  if card.status is null then
    select key into card.status from board_columns where project_id = card.project_id and pending is distinct from 'deletion' order by position limit 1;
  end if;
  insert into tasks (id, project_id, number, title, description, status, position, priority, assignee_ids, label_ids, parent_id, estimate,
      start_date, due_date, archived_at, created_by)
    values (card.id, card.project_id, card.number, card.title, coalesce(card.description, ''), card.status, null, coalesce(card.priority, 'none'),
      coalesce(card.assignee_ids, '{}'), coalesce(card.label_ids, '{}'), card.parent_id, card.estimate, card.start_date, card.due_date,
      case when card.archived_at is not null then clock_timestamp() end, card.created_by)
    returning * into card;
  return card;
end $$;

-- `create_task`, with the answer of `task_or_seq`.
create or replace function add_task(fields jsonb, default_quota int) returns jsonb language plpgsql as $$
begin
  return task_or_seq(create_task(fields, default_quota));
end $$;

-- The new value of a set field of a task: from a whole list, or from what the change adds and removes.
create or replace function set_of(card tasks, field text, present uuid[], fields jsonb, known_seq bigint) returns uuid[] language plpgsql as $$
begin
  if fields ? field then
    return set_after(card.project_id, card.id, field, present, uuids(fields -> field), known_seq);
  end if;
  return ids_with(present, uuids(coalesce(fields -> ('add_' || field), '[]')), uuids(coalesce(fields -> ('remove_' || field), '[]')));
end $$;

-- Changes the fields of a task that a request names. A new status moves it to the bottom of that column; the present
-- one leaves it in its place. `known_seq`: the seq of the copy from which the client made a whole list. A task that
-- is archived gets the time of the write, whatever instant was sent.
create or replace function change_task(card tasks, fields jsonb, known_seq bigint) returns tasks language plpgsql as $$
declare made tasks;
begin
  if fields ?| '{start_date,due_date}' then
    fields := with_days(fields);
  end if;
  made := jsonb_populate_record(card, fields);
  if fields ?| '{assignee_ids,add_assignee_ids,remove_assignee_ids}' then
    made.assignee_ids := set_of(card, 'assignee_ids', card.assignee_ids, fields, known_seq);
  end if;
  if fields ?| '{label_ids,add_label_ids,remove_label_ids}' then
    made.label_ids := set_of(card, 'label_ids', card.label_ids, fields, known_seq);
  end if;
  if made.status <> card.status then
    made.position := task_rank(card.project_id, made.status, card.id);
  end if;
  update tasks set title = made.title, description = made.description, status = made.status, position = made.position, priority = made.priority,
      assignee_ids = made.assignee_ids, label_ids = made.label_ids, parent_id = made.parent_id, estimate = made.estimate,
      start_date = made.start_date, due_date = made.due_date,
      archived_at = case when made.archived_at is not null then coalesce(card.archived_at, clock_timestamp()) end
    where id = card.id returning * into card;
  return card;
end $$;

-- Changes a task and returns it, as task_or_seq does; null when it is gone or in the trash.
create or replace function edit_task(named text, fields jsonb, known_seq bigint) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); card tasks;
begin
  select * into card from tasks where id = card_id and deleted_at is null;
  if not found then
    return null;
  end if;
  return task_or_seq(change_task(card, fields, known_seq));
end $$;

-- Moves a task of a project between the neighbours that a move names, and returns it; null when it is gone, in the
-- trash, or not at the expected version.
create or replace function place_task(card_id uuid, project uuid, column_key text, before_task uuid, after_task uuid, expected bigint default null)
returns tasks language plpgsql as $$
declare card tasks;
begin
  update tasks set status = coalesce(column_key, status), position = rank_beside(project, coalesce(column_key, status), id,
      case when status = coalesce(column_key, status) then position end, before_task, after_task)
    where id = card_id and project_id = project and deleted_at is null and (expected is null or seq = expected) returning * into card;
  return card;
end $$;

-- Moves a task of the transaction's project, and returns it, as task_or_seq does; null when it is gone or in the
-- trash. FT422 as `require_other_task`, for each neighbour.
create or replace function move_task(named text, column_key text, before_task uuid, after_task uuid) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); project uuid := current_setting('flowtrack.project')::uuid;
begin
  if before_task is not null or after_task is not null then -- though the card may be gone
    perform require_other_task(project, card_id, before_task, 'before'), require_other_task(project, card_id, after_task, 'after');
  end if;
  return task_or_seq(place_task(card_id, project, column_key, before_task, after_task));
end $$;

-- What the transaction did, read inside it: the head, its first `max_events` events, up to 1 MiB, whom to notify, and
-- the projects with pending work. `made`: the project that the transaction created, since no guard has named that. A
-- statement_timeout holds only for statements after the one that sets it, and the guard that sets it may be called in
-- the same statement as this function: so a write that took longer than 8 s fails here.
create or replace function write_outcome(made uuid, max_events int) returns jsonb language plpgsql as $$
declare
  project uuid := coalesce(made, current_setting('flowtrack.project')::uuid);
  last bigint := coalesce(nullif(current_setting('flowtrack.since', true), '')::bigint, 0);
  head bigint; epoch uuid; event activity_logs; events jsonb[] := '{}'; shown_event jsonb; bytes int := 0;
begin
  if clock_timestamp() > statement_timestamp() + interval '8 seconds' then
    raise exception using errcode = 'query_canceled', message = 'the write took longer than 8 s';
  end if;
  select p.event_seq, p.stream_epoch into head, epoch from projects p where p.id = project;
  -- One by one, as no number is missing: a range would be planned anew each time. When the project has gone, so far as
  -- there are any.
  while last is distinct from head and cardinality(events) < max_events loop
    select * into event from activity_logs a where a.project_id = project and a.seq = last + 1;
    exit when not found;
    shown_event := event_row(event);
    bytes := bytes + pg_column_size(shown_event);
    exit when bytes > 1048576 and events <> '{}';
    last := event.seq;
    events := array_append(events, shown_event);
  end loop;
  return jsonb_build_object(
    'head', coalesce(head, nullif(last, 0)), 'epoch', epoch,
    'warning', nullif(current_setting('flowtrack.warning', true), '')::jsonb,
    'left', string_to_array(nullif(current_setting('flowtrack.left', true), ''), ','),
    'notified', coalesce(to_jsonb(string_to_array(nullif(current_setting('flowtrack.notified', true), ''), ',')), '[]'),
    'events', case when events <> '{}' then to_jsonb(events) end,
    'webhooks', case when events <> '{}' then webhooks_of(project) end);
end $$;
