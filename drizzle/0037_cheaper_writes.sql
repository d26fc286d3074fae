create or replace function is_admitted(project uuid, actor uuid, min_role text, session uuid) returns boolean language plpgsql as $$
begin
  return exists (select 1 from users u
    join sessions s on s.id = session and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    join project_members m on m.project_id = project and m.user_id = u.id and role_rank(m.role) >= role_rank(min_role)
    where u.id = actor and u.is_active and u.role <> 'admin');
end $$;
--> statement-breakpoint
create or replace function require_role(project uuid, actor uuid, min_role text, credential uuid default null, request text default null, allow_archived boolean default false, secret_hash text default null)
returns bigint language plpgsql as $$
declare head bigint; project_status text; noted text;
begin
  if secret_hash is not null or is_admitted(project, actor, min_role, credential) is not true then
    perform check_role(project, actor, min_role, authenticate(actor, credential, request, 'write', secret_hash));
  end if;
  noted := set_config('lock_timeout', '5s', true);
  noted := set_config('statement_timeout', '8s', true);
  select event_seq, status into head, project_status from projects where id = project for no key update;
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
begin
  return (select t.project_id from tasks t where t.id = task_id(named) and t.deleted_at is null);
end $$;
--> statement-breakpoint
create or replace function set_actor(actor uuid, request text default null) returns void language plpgsql as $$
declare noted text;
begin
  noted := set_config('flowtrack.actor', coalesce(actor::text, 'system'), true);
  noted := set_config('flowtrack.request_id', coalesce(request, ''), true);
end $$;
--> statement-breakpoint
create or replace function uuids(list jsonb) returns uuid[] language plpgsql immutable as $$
begin
  if list = '[]' then
    return '{}';
  end if;
  return array(select value::uuid from jsonb_array_elements_text(list));
end $$;
--> statement-breakpoint
create or replace function uuids_without(these uuid[], those uuid[]) returns uuid[] language plpgsql immutable as $$
begin
  if these = '{}' or those = '{}' then
    return these;
  end if;
  return array(select u from unnest(these) u where u <> all(those));
end $$;
--> statement-breakpoint
create or replace function utc_text(moment timestamptz) returns text language sql stable parallel safe as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
$$;
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
    new.position := task_rank(new.project_id, new.status, new.id);
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
create or replace function journal_row(r record) returns jsonb language plpgsql stable as $$
begin
  return journal_row(to_jsonb(r));
end $$;
--> statement-breakpoint
create or replace function journal_row(r projects) returns jsonb language sql stable as $$
  select to_jsonb(r) - '{event_seq,stream_epoch,task_counter,task_count,comment_total,item_total,charged_to,quotas}'::text[]
    || jsonb_build_object('created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r project_members) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r board_columns) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r labels) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r tasks) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'started_at', utc_text(r.started_at), 'completed_at', utc_text(r.completed_at),
    'deleted_at', utc_text(r.deleted_at), 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r task_links) returns jsonb language sql stable as $$
  select to_jsonb(r) - 'foreign_task_id'
    || jsonb_build_object('created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r comments) returns jsonb language sql stable as $$
  select to_jsonb(r) - 'body'
    || jsonb_build_object('edited_at', utc_text(r.edited_at), 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r checklists) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r checklist_items) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
create or replace function journal_row(r activity_logs) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('created_at', utc_text(r.created_at));
$$;
--> statement-breakpoint
create or replace function with_text(data jsonb, absent text default null) returns jsonb language plpgsql stable as $$
begin
  if data ? 'edited_at' then
    return data || jsonb_build_object('body', coalesce((select c.body from comments c where c.id = (data ->> 'id')::uuid), absent));
  end if;
  return data;
end $$;
--> statement-breakpoint
create or replace function event_row(a activity_logs) returns jsonb language plpgsql stable as $$
begin
  if a.entity = 'comment' then
    return journal_row(a) || jsonb_build_object('data', with_text(a.data));
  end if;
  return journal_row(a);
end $$;
--> statement-breakpoint
create or replace function journal_changes(before jsonb, after jsonb) returns jsonb language plpgsql immutable as $$
begin
  return coalesce((select jsonb_object_agg(key, jsonb_build_array(before -> key, value)) from jsonb_each(after)
    where value is distinct from before -> key and key not in ('seq', 'updated_at')), '{}');
end $$;
--> statement-breakpoint
create or replace function journal_append(project uuid, seq bigint, action text, entity text, entity_id uuid, task uuid, changes jsonb, data jsonb, moment timestamptz default clock_timestamp())
returns void language plpgsql as $$
declare actor text := current_setting('flowtrack.actor', true);
begin
  if coalesce(actor, '') = '' then
    perform fail('FT500', 'actor_missing');
  end if;
  insert into activity_logs (project_id, seq, user_id, action, entity, entity_id, task_id, changes, data, request_id, created_at)
  values (project, seq, nullif(actor, 'system')::uuid, action, entity, entity_id, task, changes, data,
          nullif(current_setting('flowtrack.request_id', true), ''), moment);
end $$;

-- The next seq of a project, which locks it until commit. Null when the project is being deleted.
create or replace function next_seq(project uuid) returns bigint language plpgsql as $$
declare taken bigint;
begin
  update projects set event_seq = event_seq + 1 where id = project returning event_seq into taken;
  return taken;
end $$;
--> statement-breakpoint
create or replace function journal_write() returns trigger language plpgsql as $$
declare
  entity text := tg_argv[0];
  verb text;
  changes jsonb := '{}';
  o jsonb; n jsonb; task uuid; deleted_seq bigint;
begin
  if tg_op = 'DELETE' then
    if entity in ('comment', 'checklist', 'checklist_item') then
      if not exists (select 1 from tasks where id = old.task_id) then -- its task is purged: that event says so
        return null;
      elsif entity = 'checklist_item' then
        if not exists (select 1 from checklists where id = old.checklist_id) then -- and so with a checklist
          return null;
        end if;
      end if;
    end if;
    update projects set event_seq = event_seq + 1, task_count = task_count - (entity = 'task')::int
      where id = old.project_id returning event_seq into deleted_seq;
    if deleted_seq is null then -- the whole project goes: its own last event says so
      return null;
    end if;
    o := journal_old(to_jsonb(old), entity);
    task := case when entity = 'task' then old.id else (o ->> 'task_id')::uuid end;
    perform journal_append(old.project_id, deleted_seq, entity || '.' || tg_argv[2], entity, old.id, task, '{}', o);
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if new.seq = old.seq or current_setting('flowtrack.renumbering', true) = 'on' then
      return null;
    end if;
    o := journal_row(old);
    if entity = 'task' then
      if old.label_ids <> '{}' then
        o := o || jsonb_build_object('label_ids', present_labels(old.project_id, old.label_ids));
      end if;
    end if;
  end if;
  n := journal_row(new);
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
  task := case when entity = 'task' then new.id else (n ->> 'task_id')::uuid end;
  perform journal_append(new.project_id, new.seq, entity || '.' || verb, entity, new.id, task, changes, n, new.updated_at);
  return null;
end $$;
--> statement-breakpoint
create or replace function journal_verify() returns trigger language plpgsql as $$
begin
  if new.event_seq = old.event_seq + 1 then
    perform 1 from activity_logs where project_id = new.id and seq = new.event_seq;
    if found then
      return null;
    end if;
  end if;
  if new.event_seq < old.event_seq and new.stream_epoch = old.stream_epoch
    or new.event_seq - old.event_seq > (select count(*) from activity_logs
      where project_id = new.id and seq > old.event_seq and seq <= new.event_seq) then
    perform fail('FT500', 'journal_gap');
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function projects_write() returns trigger language plpgsql as $$
declare o jsonb; n jsonb;
begin
  if tg_op = 'DELETE' then
    perform journal_append(old.id, old.event_seq + 1, 'project.deleted', 'project', old.id, null, '{}', journal_row(old));
  elsif tg_op = 'INSERT' then
    perform journal_append(new.id, new.seq, 'project.created', 'project', new.id, null, '{}', journal_row(new));
  elsif new.seq <> old.seq then
    o := journal_row(old);
    n := journal_row(new);
    perform journal_append(new.id, new.seq, 'project.updated', 'project', new.id, null, journal_changes(o, n), n);
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function inbox_take(person uuid, n bigint) returns bigint language plpgsql as $$
declare last bigint;
begin
  update inboxes set seq = seq + n where user_id = person returning seq - n into last;
  return last;
end $$;
--> statement-breakpoint
create or replace function notify_people(event activity_logs, kind text, people uuid[], facts jsonb, about uuid default null) returns void language plpgsql as $$
begin
  if people = '{}' then
    return;
  end if;
  insert into notifications (id, user_id, kind, project_id, task_id, actor_id, event_seq, dedupe_key, data)
  select uuid_v7(), u.id, kind, event.project_id, event.task_id, event.user_id, event.seq,
         kind || ':' || coalesce(about::text, event.project_id || ':' || event.seq),
         facts || jsonb_build_object('project_key', p.key, 'project_name', p.name)
  from users u
  join project_members m on m.user_id = u.id and m.project_id = event.project_id
  join projects p on p.id = event.project_id
  where u.id = any(people) and u.is_active and u.id is distinct from event.user_id and not is_muted(u.id, kind, event.project_id)
  on conflict do nothing;
end $$;
--> statement-breakpoint
create or replace function journal_notify() returns trigger language plpgsql as $$
declare person uuid[];
begin
  if new.entity = 'task' then
    if new.action = 'task.created' or new.changes ? 'assignee_ids' or new.changes ? 'status' and new.data -> 'assignee_ids' <> '[]' then
      perform notify_of_task(new); -- else it concerns nobody
    end if;
    return null;
  elsif new.entity = 'comment' then
    perform notify_of_comment(new);
    return null;
  elsif new.entity = 'checklist_item' then
    perform notify_of_item(new);
    return null;
  end if;
  person := array[(new.data ->> 'user_id')::uuid];
  if new.action = 'member.added' then
    perform notify_people(new, 'project_invited', person, jsonb_build_object('role', new.data -> 'role'));
  elsif new.changes ? 'role' then
    perform notify_people(new, 'role_changed', person, jsonb_build_object('role', new.changes -> 'role'));
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function renumber_column(project uuid, column_key text, except_task uuid) returns void language plpgsql as $$
declare col board_columns; ranks jsonb;
begin
  perform set_config('flowtrack.renumbering', 'on', true);
  update board_columns set seq = next_seq(project), updated_at = clock_timestamp()
    where project_id = project and key = column_key returning * into col;
  with renumbered as (
    update tasks t set position = ranked.n * 1024
      from (select id, row_number() over (order by position, id) as n from tasks
            where project_id = project and status = column_key and deleted_at is null and id <> except_task) ranked
      where t.id = ranked.id returning t.id, t.position)
  select coalesce(jsonb_object_agg(id, position::text), '{}') into ranks from renumbered;
  perform set_config('flowtrack.renumbering', 'off', true);
  perform journal_append(project, col.seq, 'column.reordered', 'column', col.id, null, '{}',
    journal_row(col) || jsonb_build_object('positions', ranks), col.updated_at);
end $$;
--> statement-breakpoint
create or replace function task_rank(project uuid, column_key text, task uuid, before_task uuid default null, after_task uuid default null)
returns numeric language plpgsql as $$
declare low numeric; high numeric; own numeric; result numeric;
begin
  own := case when task is not null then rank_in_column(task, project, column_key) end;
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
create or replace function search_text(value text) returns text language plpgsql immutable strict parallel safe as $$
begin
  if octet_length(value) = length(value) then
    return trim(regexp_replace(lower(value collate "C"), '[^0-9a-z]+', ' ', 'g'));
  end if;
  return trim(regexp_replace(normalize(regexp_replace(normalize(folded(value), nfd), '[\u0300-\u036f]', '', 'g'), nfc),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb]+', ' ', 'g'));
end $$;
--> statement-breakpoint
create or replace function search_grams(value text) returns text[] language plpgsql immutable strict parallel safe as $$
declare words text[] := case when octet_length(value) = length(value) then string_to_array(value, ' ') else words_of(value) end;
begin
  return array(select substr(word, at, size) from (select distinct unnest(words) as word) known
    cross join generate_series(1, least(length(word), 60)) at cross join generate_series(1, 3) size
    where case when size = 1 then length(word) = 1 else at + size - 1 <= length(word) end);
end $$;
--> statement-breakpoint
create or replace function put_search_text(text_id uuid, task uuid, project uuid, new_title text, new_body text) returns void language plpgsql as $$
begin
  insert into search_texts (id, task_id, project_id, title, body, grams)
    values (text_id, task, project, new_title, new_body, array_to_tsvector(search_grams(new_title || ' ' || new_body) || project::text))
    on conflict (id) do update set task_id = excluded.task_id, project_id = excluded.project_id, title = excluded.title, body = excluded.body, grams = excluded.grams;
end $$;
--> statement-breakpoint
create or replace function words_of(value text) returns text[] language plpgsql immutable strict parallel safe as $$
begin
  return array_remove(regexp_split_to_array(parted(value), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb]+'), '');
end $$;
--> statement-breakpoint
create or replace function is_muted(person uuid, kind text, project uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select 1 from notification_preferences p where p.user_id = person
    and (kind = any(p.muted_kinds) or project = any(p.muted_project_ids)));
end $$;
--> statement-breakpoint
create or replace function watch(card uuid, project uuid, people uuid[]) returns void language plpgsql as $$
begin
  insert into task_watchers (task_id, user_id, project_id)
  select card, fresh.id, project from (
    select distinct person as id from unnest(people) person
    where not exists (select 1 from task_watchers w where w.task_id = card and w.user_id = person)) fresh
  order by fresh.id limit greatest(100 - (select count(*) from task_watchers w where w.task_id = card), 0);
end $$;
--> statement-breakpoint
create or replace function watch_by_acting(event activity_logs, people uuid[]) returns void language plpgsql as $$
begin
  perform watch(event.task_id, event.project_id, array(
    select m.user_id from project_members m where m.project_id = event.project_id and m.user_id = any(people)));
end $$;
--> statement-breakpoint
create or replace function written_task(card tasks) returns jsonb language plpgsql stable as $$
begin
  return journal_row(card);
end $$;
--> statement-breakpoint
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
--> statement-breakpoint
create or replace function write_outcome(made uuid, most int) returns jsonb language plpgsql as $$
declare
  project uuid := coalesce(made, current_setting('flowtrack.project')::uuid);
  last bigint := coalesce(nullif(current_setting('flowtrack.since', true), '')::bigint, 0);
  head bigint; epoch uuid; event activity_logs; events jsonb := '[]';
begin
  select p.event_seq, p.stream_epoch into head, epoch from projects p where p.id = project;
  -- One by one, as no number is missing: a range would be planned anew each time. When the project has gone, so far as there are any.
  while last is distinct from head and jsonb_array_length(events) < most loop
    select * into event from activity_logs a where a.project_id = project and a.seq = last + 1;
    exit when not found;
    last := event.seq;
    events := events || event_row(event);
  end loop;
  return jsonb_build_object(
    'head', coalesce(head, nullif(last, 0)), 'epoch', epoch,
    'warning', nullif(current_setting('flowtrack.warning', true), '')::jsonb,
    'left', string_to_array(nullif(current_setting('flowtrack.left', true), ''), ','),
    'notified', array(select distinct user_id from notifications where seq = 0),
    'events', nullif(events, '[]'));
end $$;
--> statement-breakpoint
create or replace trigger journal_30_notify AFTER INSERT ON activity_logs FOR EACH ROW WHEN (((current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) AND (new.action = ANY (ARRAY['task.created'::text, 'task.updated'::text, 'task.moved'::text, 'member.added'::text, 'member.updated'::text, 'comment.created'::text, 'comment.updated'::text, 'checklist_item.created'::text, 'checklist_item.updated'::text])))) EXECUTE FUNCTION journal_notify();
--> statement-breakpoint
drop trigger journal_90_verify on activity_logs;
--> statement-breakpoint
create constraint trigger journal_90_verify after INSERT on activity_logs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text))) EXECUTE FUNCTION journal_verify_row();
--> statement-breakpoint
create or replace trigger journal_05_pending BEFORE INSERT OR UPDATE OF category ON board_columns FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION columns_pending();
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE ON board_columns FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE ON board_columns FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('column', 'created', 'deleted');
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE ON checklist_items FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE ON checklist_items FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('checklist_item', 'created', 'deleted');
--> statement-breakpoint
create or replace trigger journal_20_count AFTER INSERT OR UPDATE OF done ON checklist_items FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION checklists_counted();
--> statement-breakpoint
create or replace trigger journal_20_rules BEFORE INSERT OR UPDATE OF assignee_id ON checklist_items FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION checklist_items_rules();
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE ON checklists FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE ON checklists FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('checklist', 'created', 'deleted');
--> statement-breakpoint
create or replace trigger journal_20_count AFTER INSERT ON checklists FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION checklists_counted();
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE ON comments FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE ON comments FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('comment', 'created', 'deleted');
--> statement-breakpoint
create or replace trigger journal_20_count AFTER INSERT OR DELETE ON comments FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION comments_counted();
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE ON labels FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE ON labels FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('label', 'created', 'deleted');
--> statement-breakpoint
create or replace trigger journal_20_rules BEFORE INSERT OR UPDATE OF name ON labels FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION labels_rules();
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE ON project_members FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE ON project_members FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('member', 'added', 'removed');
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE OF id, key, name, description, status, created_by, start_date, due_date, created_at, updated_at, seq ON projects FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION projects_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE OF id, key, name, description, status, created_by, start_date, due_date, created_at, updated_at, seq ON projects FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION projects_write();
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE ON task_links FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE ON task_links FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('link', 'created', 'deleted');
--> statement-breakpoint
create or replace trigger journal_20_block AFTER INSERT OR DELETE ON task_links FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION links_block();
--> statement-breakpoint
create or replace trigger journal_10_stamp BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
create or replace trigger journal_10_write AFTER INSERT OR DELETE OR UPDATE ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('task', 'created', 'purged');
--> statement-breakpoint
create or replace trigger journal_05_labels BEFORE UPDATE OF label_ids ON tasks FOR EACH ROW WHEN (((current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) AND (new.label_ids <> old.label_ids))) EXECUTE FUNCTION tasks_same_labels();
--> statement-breakpoint
create or replace trigger journal_15_labels BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW WHEN (((current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) AND (new.label_ids <> '{}'::uuid[]))) EXECUTE FUNCTION tasks_labels();
--> statement-breakpoint
create or replace trigger journal_20_rules BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION tasks_rules();
--> statement-breakpoint
create or replace trigger journal_25_limits BEFORE INSERT OR UPDATE OF parent_id, assignee_ids ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION tasks_limits();
--> statement-breakpoint
create or replace trigger links_10_gone AFTER DELETE ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION tasks_linked();
--> statement-breakpoint
create or replace trigger links_10_open AFTER UPDATE ON tasks FOR EACH ROW WHEN (((((old.completed_at IS NULL) AND (old.deleted_at IS NULL)) <> ((new.completed_at IS NULL) AND (new.deleted_at IS NULL))) AND (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text))) EXECUTE FUNCTION tasks_linked();
