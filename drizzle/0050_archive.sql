create or replace function journal_row(r tasks) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'started_at', utc_text(r.started_at), 'completed_at', utc_text(r.completed_at),
    'deleted_at', utc_text(r.deleted_at), 'archived_at', utc_text(r.archived_at), 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function create_task(fields jsonb, usual int) returns tasks language plpgsql as $$
declare card tasks;
begin
  if fields ?| '{start_date,due_date}' then
    fields := with_days(fields);
  end if;
  card := jsonb_populate_record(null::tasks, fields);
  card.number := room_for_task(card.project_id, usual); -- as yet
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
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
create or replace function tasks_rules() returns trigger language plpgsql as $$
declare
  entering boolean; col board_columns; present record; strangers uuid[]; ancestor uuid; depth int := 0;
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
    if col.category = 'in_progress' then
      new.started_at := coalesce(new.started_at, new.updated_at);
    end if;
  end if;
  if new.deleted_at is null and new.archived_at is null and col.wip_limit is not null and coalesce(current_setting('flowtrack.draining', true), '') <> 'on' then
    perform check_wip(col, 1, new.id);
  end if;
  return new;
end $$;
--> statement-breakpoint
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
      perform tell_left(project);
    end if;
    if (select count(*) from (select 1 from tasks where project_id = project and status = column_key limit 501) held) > 500 then
      update board_columns set pending = 'deletion' where project_id = project and key = column_key;
      perform leave_for_later(project, 'deletion', column_key, into_column);
      perform notify_of_deletion(project, column_key, into_column, head);
      return;
    end if;
    perform drain_column(project, column_key, into_column);
    perform notify_of_drain(project, head);
  end if;
  delete from pending_acts where project_id = project and kind in ('deletion', 'dates') and subject = column_key;
  delete from board_columns where project_id = project and key = column_key;
end $$;
--> statement-breakpoint
create or replace function first_cards(project uuid, column_key text, most int)
returns table (id uuid, rank numeric, title text, description text, rest int, length int) language sql stable as $$
  select t.id, t.position, t.title, t.description, 760 + 40 * cardinality(t.assignee_ids || t.label_ids), octet_length(t.title) + octet_length(t.description)
  from tasks t where t.project_id = project and t.status = column_key and t.deleted_at is null and t.archived_at is null order by t.position, t.id limit most;
$$;
--> statement-breakpoint
create or replace function board_shares(project uuid, per_column int, preview int, bytes int)
returns table (column_id uuid, live bigint, shown bigint, heavy boolean) language plpgsql stable rows 5 as $$
begin
  return query
  select c.id, c.live, per_column::bigint, false from (
    select b.id, (select count(*) from tasks t where t.project_id = project and t.status = b.key and t.deleted_at is null and t.archived_at is null) as live,
      sum((select sum(rest + 6 * length) from first_cards(project, b.key, per_column))) over () as at_most
    from board_columns b where b.project_id = project) c
  where (c.at_most > bytes) is not true;
  if found then
    return;
  end if;
  return query
  with cards as materialized (
    select b.id as board_column, b.position as place, card.*, row_number() over (partition by b.id order by card.rank, card.id) as n
    from board_columns b cross join lateral first_cards(project, b.key, per_column) card where b.project_id = project),
  cut as materialized (
    select case when sum(rest + length) > bytes then true
      else (select sum(rest + octet_length(to_json(title)::text) + octet_length(to_json(description)::text)) from cards) > bytes end as needed
    from cards),
  sized as materialized (
    select board_column, sum(rest + octet_length(to_json(title)::text) + octet_length(to_json(left(description, preview))::text))
      over (order by n, place, board_column rows unbounded preceding) as through
    from cards where (select needed from cut))
  select b.id, (select count(*) from tasks t where t.project_id = project and t.status = b.key and t.deleted_at is null and t.archived_at is null),
    case when cut.needed then (select count(*) from sized where board_column = b.id and through <= bytes) else per_column end, cut.needed
  from board_columns b cross join cut where b.project_id = project;
end $$;
--> statement-breakpoint
create or replace function next_turn(this_job text, moment timestamptz) returns uuid language plpgsql as $$
declare
  candidate uuid := (select project_id from job_cursors where job = this_job);
  wanted boolean;
  patience timestamptz := clock_timestamp() + interval '1 second'; -- then a visit in vain is better than to look on
begin
  loop -- one index probe for each project that has trash, or dates that somebody is to keep
    if this_job = 'empty_trash' then
      select t.project_id into candidate from tasks t
        where t.deleted_at is not null and t.project_id > coalesce(candidate, '00000000-0000-0000-0000-000000000000') order by t.project_id limit 1;
      wanted := exists (select 1 from tasks t where t.project_id = candidate and t.deleted_at <= moment);
    else
      select t.project_id into candidate from tasks t
        where t.due_date is not null and t.deleted_at is null and t.archived_at is null and t.completed_at is null and t.assignee_ids <> '{}'
          and t.project_id > coalesce(candidate, '00000000-0000-0000-0000-000000000000') order by t.project_id limit 1;
      wanted := has_reminders(candidate, moment);
    end if;
    exit when candidate is null or wanted or clock_timestamp() > patience;
  end loop;
  if candidate is null then
    delete from job_cursors where job = this_job;
  else
    insert into job_cursors (job, project_id) values (this_job, candidate)
      on conflict (job) do update set project_id = excluded.project_id;
  end if;
  return candidate;
end $$;
--> statement-breakpoint
create or replace function due_slice(project uuid, moment timestamptz, out ids uuid[], out last_day date, out more boolean) language plpgsql stable as $$
declare
  horizon date := (moment at time zone 'UTC' + interval '14 hours')::date; -- no zone is further from UTC
  here reminder_positions;
begin
  select * into here from reminder_positions where project_id = project;
  select array_agg(id order by due_date, id) filter (where fits), max(due_date) filter (where fits), coalesce(bool_or(not fits), false)
    into ids, last_day, more
  from (
    select id, due_date, row_number() over by_date <= 250 and sum(cardinality(assignee_ids)) over by_date - cardinality(assignee_ids) < 500 as fits
    from (
      select t.id, t.due_date, t.assignee_ids from tasks t
      where t.project_id = project and t.due_date is not null and t.deleted_at is null and t.archived_at is null and t.completed_at is null and t.assignee_ids <> '{}'
        and t.due_date <= horizon
        and (t.due_date, t.id) > (coalesce(here.due_date, '-infinity'), coalesce(here.task_id, '00000000-0000-0000-0000-000000000000'))
      order by t.due_date, t.id limit 251
    ) as next_ones window by_date as (order by due_date, id)
  ) as judged;
end $$;
--> statement-breakpoint
create or replace function still_reminds(n notifications) returns boolean language sql stable as $$
  select n.kind in ('due_soon', 'overdue') and exists (
    select 1 from tasks t where t.id = n.task_id and t.deleted_at is null and t.archived_at is null and t.completed_at is null
      and t.assignee_ids @> array[n.user_id] and n.dedupe_key = concat_ws(':', n.kind, t.id, t.due_date));
$$;
--> statement-breakpoint
create or replace function transfer_task(named text, there uuid, column_key text, tasks_usual int, comments_usual int, items_usual int)
returns jsonb language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid; before bigint;
  card tasks; was tasks; labels_there record; arrival text; far uuid[]; links int; freed int;
  lists checklists[]; items checklist_items[]; said comments[]; watching uuid[]; members uuid[];
begin
  select * into was from tasks where id = task_id(named) and project_id = here and deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif there = here then
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "must be another project than the task is in"}');
  elsif (select count(*) from (select 1 from tasks where parent_id = was.id limit 501) children) > 500 then
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "cannot take a task with more than 500 subtasks: give them another parent first"}');
  end if;
  perform lock_other_side(there);
  select event_seq into before from projects where id = there;
  lists := array(select c from checklists c where c.task_id = was.id order by c.position, c.id);
  items := array(select i from checklists c join checklist_items i on i.checklist_id = c.id where c.task_id = was.id order by i.checklist_id, i.position, i.id);
  said := array(select c from comments c where c.task_id = was.id order by c.id);
  perform require_room_for_transfer(there, was, cardinality(lists) + cardinality(items), tasks_usual, comments_usual, items_usual);
  arrival := column_of_arrival(there, was, column_key);
  labels_there := labels_like(was.label_ids, there);
  members := array(select m.user_id from project_members m where m.project_id = there);
  watching := array(select w.user_id from task_watchers w where w.task_id = was.id and w.user_id = any(members));
  links := (select count(*) from task_links where task_id = was.id);
  perform set_config('flowtrack.quiet', 'on', true);
  far := remove_links(was.id, here, there);
  update tasks set parent_id = null where parent_id = was.id;
  get diagnostics freed = row_count;
  delete from tasks where id = was.id;
  insert into tasks (id, project_id, number, title, description, status, position, priority, assignee_ids, label_ids, estimate, start_date, due_date,
      archived_at, created_by, created_at, comment_count, checklist_done, checklist_total)
    values (was.id, there, '', was.title, was.description, arrival, null, was.priority,
      array(select a from unnest(was.assignee_ids) with ordinality as assigned(a, n) where a = any(members) order by n), labels_there.kept,
      was.estimate, was.start_date, was.due_date, was.archived_at, was.created_by, was.created_at, was.comment_count, was.checklist_done, was.checklist_total)
    returning * into card;
  perform bring_along(card, lists, items, said);
  insert into task_watchers (task_id, user_id, project_id) select card.id, person, there from unnest(watching) person;
  perform set_config('flowtrack.quiet', 'off', true);
  perform set_config('flowtrack.project', there::text, true), set_config('flowtrack.since', before::text, true);
  return set_config('flowtrack.answer', jsonb_build_object('other_projects', here || far, 'task', journal_row(card) || jsonb_build_object('dropped', jsonb_build_object(
    'labels', labels_there.lost, 'assignee_ids', uuids_without(was.assignee_ids, card.assignee_ids), 'links', links,
    'parent_id', was.parent_id, 'subtasks', freed)))::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function counts(action text, data jsonb) returns boolean language sql immutable as $$
  select action <> 'task.purged' and data ->> 'deleted_at' is null and (data ->> 'archived_at' is null or data ->> 'completed_at' is not null);
$$;
--> statement-breakpoint
create or replace function journal_steps(project uuid) returns setof task_steps language sql stable as $$
  with events as (
    select project_id, task_id, seq, created_at as at, data ->> 'status' as status,
      counts(action, data) as here, coalesce((data ->> 'estimate')::float8, 0) as estimate
    from activity_logs
    where project_id = project and entity = 'task'
      and (action in ('task.created', 'task.purged') or changes ?| '{status,deleted_at,archived_at,estimate}')),
  steps as (
    select *, lag(status) over life as was_status, coalesce(lag(here) over life, false) as was_here, coalesce(lag(estimate) over life, 0) as had
    from events window life as (partition by task_id order by seq))
  select project_id, task_id, seq, at, status, was_status, here, was_here, estimate, had,
    case when was_here then max(at) filter (where here and (not was_here or status is distinct from was_status))
      over (partition by task_id order by seq rows between unbounded preceding and 1 preceding) end
  from steps;
$$;
--> statement-breakpoint
create or replace function take_step() returns trigger language plpgsql as $$
declare last task_steps;
begin
  select * into last from task_steps where project_id = new.project_id and task_id = new.task_id order by seq desc limit 1;
  insert into task_steps (project_id, task_id, seq, at, status, was_status, here, was_here, estimate, had, entered_at)
  values (new.project_id, new.task_id, new.seq, new.created_at, new.data ->> 'status', last.status,
    counts(new.action, new.data), coalesce(last.here, false),
    coalesce((new.data ->> 'estimate')::float8, 0), coalesce(last.estimate, 0),
    case when last.here and (not last.was_here or last.status is distinct from last.was_status) then last.at
      when last.here then last.entered_at end);
  return null;
end $$;
--> statement-breakpoint
drop trigger if exists take_step on activity_logs;
--> statement-breakpoint
CREATE TRIGGER take_step AFTER INSERT ON activity_logs FOR EACH ROW WHEN (((new.entity = 'task'::text) AND ((new.action = ANY (ARRAY['task.created'::text, 'task.purged'::text])) OR (new.changes ?| '{status,deleted_at,archived_at,estimate}'::text[])))) EXECUTE FUNCTION take_step();
--> statement-breakpoint
ALTER TABLE activity_logs ENABLE ALWAYS TRIGGER take_step;
