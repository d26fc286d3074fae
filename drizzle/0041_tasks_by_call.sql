create or replace function require_role(project uuid, actor uuid, min_role text, credential uuid default null, request text default null, allow_archived boolean default false, secret_hash text default null)
returns bigint language plpgsql as $$
declare head bigint; project_status text; noted text;
begin
  noted := concat(set_config('lock_timeout', '5s', true), set_config('statement_timeout', '8s', true));
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
    noted := concat(set_config('flowtrack.actor', actor::text, true), set_config('flowtrack.request_id', coalesce(request, ''), true),
      set_config('flowtrack.role', 'member', true), set_config('flowtrack.projects', '', true));
  else
    perform check_role(project, actor, min_role, authenticate(actor, credential, request, 'write', secret_hash));
  end if;
  if project_status = 'archived' and not allow_archived then
    perform fail('FT409', 'project_archived');
  end if;
  noted := concat(set_config('flowtrack.project', project::text, true), set_config('flowtrack.since', head::text, true));
  return head;
end $$;

-- For the actor of this transaction, who is authenticated: FT404 for a project that is not theirs to read.
create or replace function require_reader(project uuid) returns void language plpgsql as $$
begin
  perform check_role(project, current_setting('flowtrack.actor')::uuid, 'viewer', current_setting('flowtrack.role'));
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
    entering := new.status <> old.status or (new.deleted_at is null and old.deleted_at is not null);
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
    -- Out of the trash: it is counted where it is to go.
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
  if new.deleted_at is null and col.wip_limit is not null and coalesce(current_setting('flowtrack.draining', true), '') <> 'on' then
    perform check_wip(col, 1, new.id);
  end if;
  return new;
end $$;
--> statement-breakpoint
create or replace function keep_search_text() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.title = old.title and new.description = old.description and new.number = old.number and new.project_id = old.project_id then
      return null;
    end if;
  end if;
  perform put_search_text(new.id, new.id, new.project_id, search_text(new.number || ' ' || new.title), search_text(left(new.description, 20000)));
  return null;
end $$;
--> statement-breakpoint
create or replace function told_task(card tasks) returns jsonb language plpgsql stable as $$
begin
  if card.id is null then
    return null;
  elsif card.seq = nullif(current_setting('flowtrack.since', true), '')::bigint + 1 then
    return to_jsonb(card.seq);
  end if;
  return journal_row(card);
end $$;
--> statement-breakpoint
create or replace function add_task(fields jsonb, usual int) returns jsonb language plpgsql as $$
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
      start_date, due_date, created_by)
    values (card.id, card.project_id, card.number, card.title, coalesce(card.description, ''), card.status, null, coalesce(card.priority, 'none'),
      coalesce(card.assignee_ids, '{}'), coalesce(card.label_ids, '{}'), card.parent_id, card.estimate, card.start_date, card.due_date, card.created_by)
    returning * into card;
  return told_task(card);
end $$;
--> statement-breakpoint
create or replace function set_of(card tasks, field text, present uuid[], fields jsonb, known_seq bigint) returns uuid[] language plpgsql as $$
begin
  if fields ? field then
    return set_after(card.project_id, card.id, field, present, uuids(fields -> field), known_seq);
  end if;
  return people_with(present, uuids(coalesce(fields -> ('add_' || field), '[]')), uuids(coalesce(fields -> ('remove_' || field), '[]')));
end $$;
--> statement-breakpoint
create or replace function edit_task(named text, fields jsonb, known_seq bigint) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); card tasks; made tasks;
begin
  select * into card from tasks where id = card_id and deleted_at is null;
  if not found then
    return null;
  end if;
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
    made.position := task_rank(card.project_id, made.status, card_id);
  end if;
  update tasks set title = made.title, description = made.description, status = made.status, position = made.position, priority = made.priority,
      assignee_ids = made.assignee_ids, label_ids = made.label_ids, parent_id = made.parent_id, estimate = made.estimate,
      start_date = made.start_date, due_date = made.due_date
    where id = card_id returning * into card;
  return told_task(card);
end $$;
--> statement-breakpoint
create or replace function move_task(named text, column_key text, before_task uuid, after_task uuid) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); card tasks;
begin
  if before_task is not null or after_task is not null then -- though the card may be gone
    perform require_neighbour(current_setting('flowtrack.project')::uuid, before_task, 'before'),
      require_neighbour(current_setting('flowtrack.project')::uuid, after_task, 'after');
  end if;
  update tasks set status = coalesce(column_key, status), position = rank_beside(project_id, coalesce(column_key, status), id,
      case when status = coalesce(column_key, status) then position end, before_task, after_task)
    where id = card_id and deleted_at is null returning * into card;
  return told_task(card);
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
    'notified', coalesce(to_jsonb(string_to_array(nullif(current_setting('flowtrack.notified', true), ''), ',')), '[]'),
    'events', nullif(events, '[]'));
end $$;
