create or replace function require_role(project uuid, actor uuid, min_role text, credential uuid default null, request text default null, allow_archived boolean default false, secret_hash text default null)
returns bigint language plpgsql as $$
declare head bigint; project_status text; noted text;
begin
  noted := set_config('lock_timeout', '5s', true);
  noted := set_config('statement_timeout', '8s', true);
  if secret_hash is null then -- of who is not admitted, this locks nothing
    select p.event_seq, p.status into head, project_status from projects p
      join project_members m on m.project_id = p.id and m.user_id = actor and role_rank(m.role) >= role_rank(min_role)
      join users u on u.id = actor and u.is_active and u.role <> 'admin'
      join sessions s on s.id = credential and s.user_id = actor and s.revoked_at is null and s.expires_at > now()
      where p.id = project for no key update of p;
  end if;
  if head is null then
    perform check_role(project, actor, min_role, authenticate(actor, credential, request, 'write', secret_hash));
    select event_seq, status into head, project_status from projects where id = project for no key update;
  end if;
  if secret_hash is null and is_admitted(project, actor, min_role, credential) then
    noted := set_config('flowtrack.actor', actor::text, true);
    noted := set_config('flowtrack.request_id', coalesce(request, ''), true);
    noted := set_config('flowtrack.role', 'member', true);
    noted := set_config('flowtrack.projects', '', true);
  else
    perform check_role(project, actor, min_role, authenticate(actor, credential, request, 'write', secret_hash));
  end if;
  if project_status = 'archived' and not allow_archived then
    perform fail('FT409', 'project_archived');
  end if;
  noted := set_config('flowtrack.project', project::text, true);
  noted := set_config('flowtrack.since', head::text, true);
  return head;
end $$;

-- For the actor of this transaction, who is authenticated: FT404 for a project that is not theirs to read.
create or replace function require_reader(project uuid) returns void language plpgsql as $$
begin
  perform check_role(project, current_setting('flowtrack.actor')::uuid, 'viewer', current_setting('flowtrack.role'));
end $$;
--> statement-breakpoint
create or replace function project_of_task(named text) returns uuid language plpgsql stable as $$
declare card uuid := task_id(named);
begin
  return (select t.project_id from tasks t where t.id = card and t.deleted_at is null);
end $$;
--> statement-breakpoint
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
    update projects set event_seq = event_seq + 1 where id = new.project_id returning event_seq into new.seq;
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
create or replace function note_notified(people text) returns void language plpgsql as $$
begin
  if people is not null then
    perform set_config('flowtrack.notified', concat_ws(',', nullif(current_setting('flowtrack.notified', true), ''), people), true);
  end if;
end $$;
--> statement-breakpoint
create or replace function notify_people(event activity_logs, kind text, people uuid[], facts jsonb, about uuid default null) returns void language plpgsql as $$
declare told text;
begin
  if people = '{}' then
    return;
  end if;
  with fresh as (
    insert into notifications (id, user_id, kind, project_id, task_id, actor_id, event_seq, dedupe_key, data)
    select uuid_v7(), u.id, kind, event.project_id, event.task_id, event.user_id, event.seq,
           kind || ':' || coalesce(about::text, event.project_id || ':' || event.seq),
           facts || jsonb_build_object('project_key', p.key, 'project_name', p.name)
    from users u
    join project_members m on m.user_id = u.id and m.project_id = event.project_id
    join projects p on p.id = event.project_id
    where u.id = any(people) and u.is_active and u.id is distinct from event.user_id and not is_muted(u.id, kind, event.project_id)
    on conflict do nothing returning user_id)
  select string_agg(user_id::text, ',') into told from fresh;
  perform note_notified(told);
end $$;
--> statement-breakpoint
create or replace function task_rank(project uuid, column_key text, task uuid, before_task uuid default null, after_task uuid default null)
returns numeric language plpgsql as $$
begin
  return rank_beside(project, column_key, task, case when task is not null then rank_in_column(task, project, column_key) end, before_task, after_task);
end $$;

-- The same of a task whose own rank in the column is known; null when it is not in it.
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
    perform renumber_column(project, column_key, task);
  end loop;
  return result;
end $$;

-- The rank for a column that goes right before another, or last.
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
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
create or replace function import_invite(project uuid, importer uuid) returns void language sql as $$
  with fresh as (
  insert into notifications (id, user_id, kind, project_id, actor_id, dedupe_key, data)
  select uuid_v7(), u.id, 'project_invited', p.id, importer, 'project_invited:' || p.id || ':import',
         jsonb_build_object('role', m.role, 'project_key', p.key, 'project_name', p.name)
  from projects p join project_members m on m.project_id = p.id join users u on u.id = m.user_id
  where p.id = project and u.is_active and u.id <> importer and not is_muted(u.id, 'project_invited', p.id)
  returning user_id)
  select note_notified(string_agg(user_id::text, ',')) from fresh;
$$;
