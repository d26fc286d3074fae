-- Functions, parameters and variables have names that say what they are. The rule of parents is a function of its own.
drop function has_access(uuid, uuid, uuid);
--> statement-breakpoint
create or replace function has_access(project uuid, actor uuid, credential uuid) returns boolean language sql stable as $$
  select exists (
    select 1 from users u
    left join sessions s on s.id = credential and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    left join api_keys k on k.id = credential and k.user_id = u.id and k.revoked_at is null and (k.expires_at > now()) is not false
    where u.id = actor and u.is_active
      and (s.id is not null or (k.id is not null and (project = any(k.project_ids)) is not false))
      and ((u.role = 'admin' and (s.id is not null or 'admin' = any(k.scopes)))
        or exists (select 1 from project_members m where m.project_id = project and m.user_id = actor)));
$$;
--> statement-breakpoint
drop function has_session(uuid, uuid);
--> statement-breakpoint
create or replace function has_session(actor uuid, credential uuid) returns boolean language sql stable as $$
  select exists (
    select 1 from users u
    left join sessions s on s.id = credential and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    left join api_keys k on k.id = credential and k.user_id = u.id and k.revoked_at is null and (k.expires_at > now()) is not false
    where u.id = actor and u.is_active and (s.id is not null or k.id is not null));
$$;
--> statement-breakpoint
create or replace function add_pending_act(project uuid, act_kind text, act_subject text, act_target text default null) returns void language sql as $$
  insert into pending_acts (project_id, kind, subject, target, actor, request_id, since)
  select project, act_kind, act_subject, act_target, nullif(current_setting('flowtrack.actor'), 'system')::uuid,
    nullif(current_setting('flowtrack.request_id'), ''), event_seq from projects where id = project
  on conflict (project_id, kind, subject) do update set target = coalesce(excluded.target, pending_acts.target), actor = excluded.actor,
    request_id = excluded.request_id, since = excluded.since, reached = null;
  select report_pending(project);
$$;
--> statement-breakpoint
create or replace function tasks_assigned_to(project uuid, person uuid, since bigint, max_rows int) returns setof uuid language sql stable as $$
  select t.id from tasks t where t.project_id = project and t.assignee_ids @> array[person]
    and (t.seq <= since or not exists (
      select 1 from activity_logs l where l.project_id = project and l.task_id = t.id and l.seq > since
        and (l.action = 'task.created' and l.data -> 'assignee_ids' ? person::text
          or l.changes #> '{assignee_ids,1}' ? person::text and not l.changes #> '{assignee_ids,0}' ? person::text)))
  limit max_rows;
$$;
--> statement-breakpoint
create or replace function items_assigned_to(project uuid, person uuid, since bigint, max_rows int) returns setof uuid language sql stable as $$
  select i.id from checklist_items i where i.project_id = project and i.assignee_id = person
    and (i.seq <= since or not exists (
      select 1 from activity_logs l where l.project_id = project and l.entity_id = i.id and l.seq > since
        and (l.action = 'checklist_item.created' and l.data ->> 'assignee_id' = person::text or l.changes #>> '{assignee_id,1}' = person::text)))
  limit max_rows;
$$;
--> statement-breakpoint
drop function unassign(uuid, uuid, bigint, int);
--> statement-breakpoint
create or replace function unassign(project uuid, person uuid, since bigint, max_rows int) returns boolean language plpgsql as $$
declare taken int; more int;
begin
  perform set_config('flowtrack.quiet', 'on', true);
  perform end_claims_of(project, person, since, max_rows);
  perform set_config('flowtrack.quiet', 'off', true), set_config('flowtrack.draining', 'on', true);
  update tasks set assignee_ids = array_remove(assignee_ids, person) where id in (select tasks_assigned_to(project, person, since, max_rows));
  get diagnostics taken = row_count;
  update checklist_items set assignee_id = null where id in (select items_assigned_to(project, person, since, max_rows - taken));
  get diagnostics more = row_count;
  perform set_config('flowtrack.draining', 'off', true);
  return taken + more = max_rows;
end $$;
--> statement-breakpoint
create or replace function end_memberships(person uuid) returns table (project_id uuid, ended boolean) language plpgsql as $$
declare
  left_alone uuid; free uuid[];
  few boolean := (select count(*) from (select 1 from tasks t where t.assignee_ids @> array[person]
    union all select 1 from checklist_items i where i.assignee_id = person
    union all select 1 from project_members m join task_watchers w on w.project_id = m.project_id and w.user_id = person where m.user_id = person
    limit 501) held) <= 500;
begin
  perform pg_advisory_xact_lock(hashtext('flowtrack.last_manager')); -- the other manager's account may be going, too
  select m.project_id into left_alone from project_members m
    where m.user_id = person and m.role = 'manager' and not exists (
      select 1 from project_members o join users u on u.id = o.user_id
      where o.project_id = m.project_id and o.role = 'manager' and o.user_id <> person and can_replace(u, person)) limit 1;
  if left_alone is not null then
    perform fail('FT409', 'last_manager', jsonb_build_object('project_id', left_alone));
  end if;
  free := array(select p.id from projects p where few and p.id in (select m.project_id from project_members m where m.user_id = person)
    order by p.id limit 20 for no key update skip locked);
  perform add_pending_act(m.project_id, 'membership', person::text) from project_members m where m.user_id = person and m.project_id <> all(free);
  return query select m.project_id, m.project_id = any(free) from project_members m where m.user_id = person order by 1;
  delete from project_members m where m.user_id = person and m.project_id = any(free);
end $$;
--> statement-breakpoint
drop function clear_project(uuid, int);
--> statement-breakpoint
create or replace function clear_project(project uuid, max_rows int) returns boolean language plpgsql as $$
declare cleared int; forgotten int;
begin
  cleared := remove_tasks(project, tasks_within(array(select id from tasks where project_id = project limit max_rows), max_rows), max_rows);
  if cleared < max_rows then
    delete from notifications where id in (select id from notifications where project_id = project limit max_rows - cleared);
    get diagnostics forgotten = row_count;
    cleared := cleared + forgotten;
  end if;
  if cleared >= max_rows then
    return true;
  end if;
  delete from board_columns where project_id = project;
  return false;
end $$;
--> statement-breakpoint
drop function advance_acts(uuid, int);
--> statement-breakpoint
create or replace function advance_acts(project uuid, max_rows int) returns boolean language plpgsql as $$
declare act pending_acts; more boolean := false;
begin
  perform set_config('lock_timeout', '2s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  -- One that somebody is adding to waits: its transaction may be that of a user who is not a member.
  select * into act from pending_acts where project_id = project order by visited_at limit 1 for update skip locked;
  if not found then
    return false;
  end if;
  if act.kind = 'project' or act.kind = 'links' and act.subject <> '' then
    perform set_actor(null);
  else
    perform set_actor(act.actor, act.request_id);
  end if;
  if act.kind = 'membership' then
    delete from project_members where project_id = project and user_id = act.subject::uuid;
  elsif act.kind = 'assignments' then
    more := unassign(project, act.subject::uuid, act.since, max_rows);
  elsif act.kind = 'links' then
    if act.subject <> '' then
      perform refresh_links(project, act.subject::uuid);
    else
      more := unblock_tasks(project, max_rows);
    end if;
  elsif act.kind = 'project' then
    more := clear_project(project, max_rows);
  elsif act.kind = 'deletion' then
    perform drain_column(project, act.subject, act.target, max_rows);
    more := exists (select 1 from tasks where project_id = project and status = act.subject);
    if not more then
      delete from board_columns where project_id = project and key = act.subject;
    end if;
  else
    act.reached := reread_dates(project, act.subject, act.target is not null, act.reached, max_rows);
    more := act.reached is not null;
    if not more then
      update board_columns set pending = null where project_id = project and key = act.subject and pending = 'dates';
    end if;
  end if;
  if more then
    update pending_acts set visited_at = clock_timestamp(), reached = act.reached where (project_id, kind, subject) = (project, act.kind, act.subject);
  else
    delete from pending_acts where (project_id, kind, subject) = (project, act.kind, act.subject);
  end if;
  return exists (select 1 from pending_acts where project_id = project);
end $$;
--> statement-breakpoint
create or replace function require_parent(project uuid, task uuid, parent uuid) returns void language plpgsql as $$
declare ancestor uuid := parent; depth int := 0;
begin
  if not exists (select 1 from tasks where id = parent and project_id = project and deleted_at is null) then
    perform fail('FT422', 'parent_not_found', '{"path": "parent_id"}');
  end if;
  while ancestor is not null loop
    if ancestor = task then
      perform fail('FT422', 'parent_is_descendant', '{"path": "parent_id"}');
    end if;
    depth := depth + 1;
    if depth > 20 then
      perform fail('FT422', 'parent_too_deep', '{"path": "parent_id", "limit": 20}');
    end if;
    select parent_id into ancestor from tasks where id = ancestor;
  end loop;
end $$;
--> statement-breakpoint
create or replace function tasks_rules() returns trigger language plpgsql as $$
declare
  entering boolean; col board_columns; present record; not_members uuid[];
begin
  if tg_op = 'UPDATE' and new.seq = old.seq then
    return new; -- nothing changed, or a renumbering
  end if;
  if tg_op = 'UPDATE' and new.assignee_ids <> old.assignee_ids then -- former members go, who are not taken off yet
    new.assignee_ids := array(select a from unnest(new.assignee_ids) with ordinality as present(a, n)
      where a <> all(old.assignee_ids) or exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = a) order by n);
  end if;
  if tg_op = 'INSERT' or new.assignee_ids <> old.assignee_ids then
    select array_agg(a) into not_members from unnest(new.assignee_ids) a
      where not exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = a);
    if not_members is not null then
      perform fail('FT422', 'assignee_not_member', jsonb_build_object('path', 'assignee_ids', 'ids', not_members));
    end if;
  end if;
  if new.parent_id is not null and (tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id) then
    perform require_parent(new.project_id, new.id, new.parent_id);
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
    if col.category = 'in_progress' and new.started_at is null and not (tg_op = 'UPDATE'
        and exists (select 1 from board_columns where project_id = old.project_id and key = old.status and category = 'in_progress')) then
      new.started_at := new.updated_at; -- one that was in progress has begun before, although its import did not say when
    end if;
  end if;
  if new.deleted_at is null and new.archived_at is null and col.wip_limit is not null and coalesce(current_setting('flowtrack.draining', true), '') <> 'on' then
    perform check_wip(col, 1, new.id);
  end if;
  return new;
end $$;
--> statement-breakpoint
create or replace function members_rules() returns trigger language plpgsql as $$
declare head bigint := (select event_seq from projects where id = old.project_id);
begin
  if head is null then
    return null;
  end if;
  if old.role = 'manager' then
    perform 1 from project_members m join users u on u.id = m.user_id
      where m.project_id = old.project_id and m.role = 'manager' and can_replace(u, old.user_id) limit 1 for share of u;
    if not found then
      perform fail('FT409', 'last_manager', jsonb_build_object('project_id', old.project_id));
    end if;
  end if;
  if tg_op = 'UPDATE' then
    return null;
  elsif (select count(*) from tasks_assigned_to(old.project_id, old.user_id, head, 501))
    + (select count(*) from items_assigned_to(old.project_id, old.user_id, head, 501)) > 500 then
    perform add_pending_act(old.project_id, 'assignments', old.user_id::text);
  else
    perform unassign(old.project_id, old.user_id, head, 501);
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function columns_rules() returns trigger language plpgsql as $$
declare was text;
begin
  if tg_op = 'INSERT' then
    was := category_was(new.project_id, new.key);
  elsif tg_op = 'DELETE' then
    if exists (select 1 from projects where id = old.project_id) and not exists (select 1 from board_columns where project_id = old.project_id) then
      perform fail('FT409', 'last_column');
    end if;
    return null;
  elsif new.key <> old.key then
    perform fail('FT500', 'identity_is_immutable');
  else
    was := old.category;
  end if;
  if changes_dates(was, new.category) then
    if new.pending = 'dates' then
      perform add_pending_act(new.project_id, 'dates', new.key, case when 'in_progress' in (was, new.category) then 'starts' end);
    else
      perform reread_dates(new.project_id, new.key, 'in_progress' in (was, new.category));
    end if;
  end if;
  return null;
end $$;
--> statement-breakpoint
drop function drain_column(uuid, text, text, int);
--> statement-breakpoint
create or replace function drain_column(project uuid, column_key text, target text, max_rows int default null) returns void language plpgsql as $$
declare bottom numeric := task_rank(project, target, null); task uuid; deadline timestamptz := clock_timestamp() + interval '2 seconds';
begin
  perform set_config('flowtrack.draining', 'on', true);
  for task in select id from tasks where project_id = project and status = column_key order by position, id limit max_rows loop
    update tasks set status = target, position = bottom where id = task;
    bottom := bottom + 1024;
    -- A move to a final column also unblocks the tasks that waited for it.
    exit when max_rows is not null and clock_timestamp() > deadline;
  end loop;
  perform set_config('flowtrack.draining', 'off', true);
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
      perform report_pending(project);
    end if;
    if (select count(*) from (select 1 from tasks where project_id = project and status = column_key limit 501) held) > 500 then
      update board_columns set pending = 'deletion' where project_id = project and key = column_key;
      perform add_pending_act(project, 'deletion', column_key, into_column);
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
drop function tasks_of_column(uuid, text, uuid, int);
--> statement-breakpoint
create or replace function tasks_of_column(project uuid, column_key text, after uuid, max_rows int) returns setof uuid language sql stable as $$
  select t.id from tasks t
  where t.project_id = project and t.id > coalesce(after, '00000000-0000-0000-0000-000000000000')
    and exists (select 1 from task_steps s where s.project_id = project and s.task_id = t.id and s.status = column_key)
  order by t.id limit max_rows;
$$;
--> statement-breakpoint
drop function reread_dates(uuid, text, boolean, uuid, int);
--> statement-breakpoint
create or replace function reread_dates(project uuid, column_key text, starts boolean, after uuid default null, max_rows int default null) returns uuid language plpgsql as $$
declare picked uuid[] := array(select tasks_of_column(project, column_key, after, max_rows));
begin
  with categories as materialized (select * from column_categories(project)),
  marks as (
    select s.task_id, min(s.at) filter (where c.category = 'in_progress') as begun,
      max(s.at) filter (where is_final(c.category) and w.category is distinct from c.category) as ended
    from unnest(picked) card(id)
      cross join lateral (select max(seq) as seq from task_steps where project_id = project and task_id = card.id and was_status is null) born
      join task_steps s on s.project_id = project and s.task_id = card.id and s.seq >= born.seq
      left join categories c on c.key = s.status left join categories w on w.key = s.was_status
    where s.status is distinct from s.was_status
    group by s.task_id),
  dates as (
    select t.id, case when starts then m.begun else t.started_at end as begun, case when is_final(c.category) then m.ended end as ended
    from marks m join tasks t on t.id = m.task_id join categories c on c.key = t.status)
  update tasks t set started_at = d.begun, completed_at = d.ended from dates d
  where t.id = d.id and (t.started_at, t.completed_at) is distinct from (d.begun, d.ended);
  return case when cardinality(picked) = max_rows then picked[max_rows] end;
end $$;
--> statement-breakpoint
drop function first_cards(uuid, text, int);
--> statement-breakpoint
create or replace function first_cards(project uuid, column_key text, max_rows int)
returns table (id uuid, rank numeric, title text, description text, rest int, length int) language sql stable as $$
  select t.id, t.position, t.title, t.description, 760 + 40 * cardinality(t.assignee_ids || t.label_ids), octet_length(t.title) + octet_length(t.description)
  from tasks t where t.project_id = project and t.status = column_key and t.deleted_at is null and t.archived_at is null order by t.position, t.id limit max_rows;
$$;
--> statement-breakpoint
drop function room_for_checklist(uuid, int, int);
--> statement-breakpoint
create or replace function room_for_checklist(card uuid, default_quota int, max_checklists int) returns uuid language plpgsql as $$
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklists c where c.task_id = card) >= max_checklists then
    perform fail('FT409', 'too_many_checklists', jsonb_build_object('limit', max_checklists, 'say',
      format('This task may have %s checklists: delete one first, or go on in another task', max_checklists)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, default_quota);
  return card;
end $$;
--> statement-breakpoint
drop function room_for_item(uuid, int, int);
--> statement-breakpoint
create or replace function room_for_item(checklist uuid, default_quota int, max_items int) returns uuid language plpgsql as $$
declare card uuid := (select c.task_id from checklists c join tasks t on t.id = c.task_id where c.id = checklist and t.deleted_at is null);
begin
  if card is null then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklist_items i where i.checklist_id = checklist) >= max_items then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', max_items, 'say',
      format('This checklist may have %s items: delete some, or begin another checklist', max_items)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, default_quota);
  return card;
end $$;
--> statement-breakpoint
drop function end_claim(task_claims);
--> statement-breakpoint
create or replace function end_claim(claim task_claims) returns tasks language plpgsql as $$
declare card tasks;
begin
  delete from task_claims where task_id = claim.task_id;
  select * into card from tasks where id = claim.task_id;
  if card.deleted_at is not null or card.archived_at is not null or card.status <> claim.status or not card.assignee_ids @> array[claim.user_id]
      or exists (select 1 from projects where id = claim.project_id and status = 'archived') then
    return card;
  elsif card.assignee_ids = array[claim.user_id] then
    card := give_back(card, claim.from_status);
  else
    update tasks set assignee_ids = array_remove(assignee_ids, claim.user_id) where id = card.id returning * into card;
  end if;
  return card;
end $$;
--> statement-breakpoint
drop function end_claims(uuid, int);
--> statement-breakpoint
create or replace function end_claims(project uuid, max_rows int) returns timestamptz language plpgsql as $$
declare
  actor text := current_setting('flowtrack.actor', true); request text := current_setting('flowtrack.request_id', true); claim task_claims;
  deadline timestamptz := clock_timestamp() + interval '1 second'; is_open boolean;
begin
  select status <> 'archived' into is_open from projects where id = project for no key update;
  if not found then -- it has been deleted, and its tasks are on their way
    delete from task_claims where project_id = project;
    return null;
  end if;
  for claim in select * from task_claims c where is_open and c.project_id = project and c.expires_at <= clock_timestamp() order by c.expires_at desc limit max_rows loop
    perform set_actor(null, 'lease'), end_claim(claim);
    exit when clock_timestamp() > deadline;
  end loop;
  if actor <> 'system' then
    perform set_actor(actor::uuid, request);
  end if;
  perform set_config('flowtrack.warning', '', true); -- a limit that a card went past when it was given back
  return (select min(expires_at) from task_claims where project_id = project and (is_open or expires_at > clock_timestamp()));
end $$;
--> statement-breakpoint
drop function end_claims_of(uuid, uuid, bigint, int);
--> statement-breakpoint
create or replace function end_claims_of(project uuid, person uuid, since bigint, max_rows int) returns void language plpgsql as $$
declare claim task_claims;
begin
  for claim in select c.* from task_claims c where c.project_id = project and c.user_id = person
      and c.task_id in (select tasks_assigned_to(project, person, since, max_rows)) loop
    perform end_claim(claim);
  end loop;
end $$;
--> statement-breakpoint
drop function claim_json(task_claims);
--> statement-breakpoint
create or replace function claim_json(claim task_claims) returns jsonb language sql stable as $$
  select jsonb_build_object('token', claim.token, 'from', claim.from_status, 'lease_seconds', claim.lease_seconds, 'expires_at', utc_text(claim.expires_at));
$$;
--> statement-breakpoint
create or replace function claim_task(from_key text, to_key text, label uuid, seconds int) returns jsonb language plpgsql as $$
declare
  project uuid := current_setting('flowtrack.project')::uuid; actor uuid := current_setting('flowtrack.actor')::uuid;
  target text := coalesce(to_key, from_key); card tasks; claim task_claims;
begin
  if exists (select 1 from task_claims c where c.project_id = project and c.expires_at <= clock_timestamp()) then
    perform end_claims(project, 20);
  end if;
  perform require_column(project, from_key, 'from'), require_column(project, target, 'to');
  if label is null then -- two statements, so that neither is planned anew each time
    select * into card from tasks t where t.project_id = project and t.status = from_key and t.deleted_at is null and t.archived_at is null
      and t.assignee_ids = '{}' and not t.is_blocked order by t.position, t.id limit 1;
  elsif not exists (select 1 from labels l where l.project_id = project and l.id = label) then
    perform fail('FT422', 'label_not_found', '{"path": "label_id"}');
  else
    select * into card from tasks t where t.project_id = project and t.status = from_key and t.deleted_at is null and t.archived_at is null
      and t.assignee_ids = '{}' and not t.is_blocked and t.label_ids @> array[label] order by t.position, t.id limit 1;
  end if;
  if card.id is null then
    return null;
  end if;
  update tasks set assignee_ids = array[actor], status = target,
      position = case when status = target then position else rank_beside(project, target, id, null, null, null) end
    where id = card.id returning * into card;
  insert into task_claims (task_id, project_id, user_id, token, status, from_status, lease_seconds, expires_at)
    values (card.id, project, actor, gen_random_uuid(), target, from_key, seconds, clock_timestamp() + seconds * interval '1 second')
    on conflict (task_id) do update set user_id = excluded.user_id, token = excluded.token, status = excluded.status, from_status = excluded.from_status,
      lease_seconds = excluded.lease_seconds, expires_at = excluded.expires_at
    returning * into claim;
  return jsonb_build_object(
    'task', set_config('flowtrack.answer', (journal_row(card) || jsonb_build_object('claim', claim_json(claim)))::text, true)::jsonb,
    'ends_first', not exists (select 1 from task_claims c where c.project_id = project and c.expires_at < claim.expires_at));
end $$;
--> statement-breakpoint
create or replace function require_claim(named text, claim_token uuid) returns task_claims language plpgsql as $$
declare claim task_claims; card_id uuid := task_id(named);
begin
  select c.* into claim from task_claims c join tasks t on t.id = c.task_id
    where c.task_id = card_id and c.token = claim_token and c.user_id = current_setting('flowtrack.actor')::uuid and c.expires_at > clock_timestamp()
      and t.status = c.status and t.assignee_ids @> array[c.user_id] and t.deleted_at is null and t.archived_at is null;
  if not found then
    perform fail('FT409', 'lease_lost');
  end if;
  return claim;
end $$;
--> statement-breakpoint
create or replace function renew_claim(named text, claim_token uuid, seconds int) returns jsonb language plpgsql as $$
declare claim task_claims := require_claim(named, claim_token);
begin
  update task_claims set lease_seconds = coalesce(seconds, lease_seconds),
      expires_at = clock_timestamp() + coalesce(seconds, lease_seconds) * interval '1 second'
    where task_id = claim.task_id returning * into claim;
  return set_config('flowtrack.answer', claim_json(claim)::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function complete_claim(named text, claim_token uuid, column_key text) returns jsonb language plpgsql as $$
declare claim task_claims := require_claim(named, claim_token); card tasks;
begin
  delete from task_claims where task_id = claim.task_id;
  perform require_column(claim.project_id, column_key, 'status');
  card := place_task(claim.task_id, claim.project_id, column_key, null, null);
  return set_config('flowtrack.answer', journal_row(card)::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function release_claim(named text, claim_token uuid) returns jsonb language plpgsql as $$
declare claim task_claims := require_claim(named, claim_token); card tasks;
begin
  card := end_claim(claim);
  return set_config('flowtrack.answer', journal_row(card)::text, true)::jsonb;
end $$;
--> statement-breakpoint
drop function room_for_comment(uuid, int, int);
--> statement-breakpoint
create or replace function room_for_comment(card uuid, default_quota int, max_comments int) returns uuid language plpgsql as $$
declare held int; total int; allowed int;
begin
  select t.comment_count, p.comment_total, coalesce((p.quotas ->> 'comments')::int, default_quota) into held, total, allowed
    from tasks t join projects p on p.id = t.project_id where t.id = card and t.deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif held >= max_comments then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', max_comments, 'say',
      format('This task may have %s comments: delete some, or go on in another task', max_comments)));
  elsif total >= allowed then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s comments: delete some, or ask an administrator for more', allowed)));
  end if;
  return card;
end $$;
--> statement-breakpoint
drop function claim_key(uuid, uuid, text, text, text, text);
--> statement-breakpoint
create or replace function claim_key(actor uuid, credential uuid, request text, idempotency_key text, fingerprint text, secret_hash text default null) returns void language plpgsql as $$
declare kept idempotency_keys; answer jsonb; outer_limit text := current_setting('lock_timeout');
begin
  perform authenticate(actor, credential, request, 'write', secret_hash);
  delete from idempotency_keys where user_id = actor and key = idempotency_key and expires_at <= now();
  perform set_config('lock_timeout', '5s', true);
  insert into idempotency_keys (user_id, key, fingerprint, expires_at)
    values (actor, idempotency_key, fingerprint, now() + interval '24 hours') on conflict do nothing;
  if found then
    perform set_config('lock_timeout', outer_limit, true);
    return;
  end if;
  select * into kept from idempotency_keys where user_id = actor and key = idempotency_key;
  if kept.fingerprint <> fingerprint then
    perform fail('FT422', 'idempotency_key_reused');
  end if;
  answer := kept.response -> 'body';
  -- The second: a link shows a task that may be in another project.
  if exists (select 1 from unnest(array[kept.response ->> 'project', answer #>> '{task,project_id}']) shown
      where shown is not null and not has_access(shown::uuid, actor, credential)) then
    perform fail('FT404', 'not_found');
  end if;
  if answer ? 'edited_at' then -- a comment, whose task may have gone to another project
    answer := answer || jsonb_build_object('body', coalesce((select c.body from comments c
      where c.id = (answer ->> 'id')::uuid and has_access(c.project_id, actor, credential)), ''));
  end if;
  perform fail('FT200', 'replayed', jsonb_build_object('status', kept.status, 'response', kept.response || jsonb_build_object('body', answer)));
exception when lock_not_available then
  perform fail('FT409', 'idempotency_in_flight');
end $$;
--> statement-breakpoint
drop function keep_answer(uuid, text, int, jsonb, uuid);
--> statement-breakpoint
create or replace function keep_answer(actor uuid, idempotency_key text, http_status int, body jsonb, project uuid) returns jsonb language plpgsql as $$
declare full_body jsonb := body; warning text := nullif(current_setting('flowtrack.warning', true), '');
begin
  if body is null then
    perform fail('FT404', 'not_found');
  end if;
  if warning is not null then
    full_body := full_body || jsonb_build_object('warnings', jsonb_build_array(warning::jsonb));
  end if;
  update idempotency_keys set status = http_status,
    response = jsonb_build_object('project', project, 'head', (select event_seq from projects where id = project), 'body', full_body)
    where user_id = actor and key = idempotency_key;
  return with_text(full_body);
end $$;
--> statement-breakpoint
create or replace function import_settle_links(job uuid, project uuid) returns void language plpgsql as $$
declare foreign_one record;
begin
  for foreign_one in select l.data from import_last(job, 'link') l where l.data ->> 'other_task_id' is null order by l.seq loop
    perform journal_append(project, next_seq(project), 'link.deleted', 'link', (foreign_one.data ->> 'id')::uuid,
      (foreign_one.data ->> 'task_id')::uuid, '{}', foreign_one.data);
  end loop;
  if exists (select 1 from tasks t where t.project_id = project and t.is_blocked) then
    perform add_pending_act(project, 'links', '');
  end if;
end $$;
--> statement-breakpoint
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid; task_rows int; comment_rows int; checklist_rows int; item_rows int;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('key', take_project_key(p.data ->> 'key'), 'event_seq', lines, 'task_counter', counter, 'charged_to', importer, 'task_count', 0, 'comment_total', 0, 'item_total', 0, 'quotas', '{}', 'stream_epoch', gen_random_uuid())) as row;
  insert into board_columns select row.* from import_last(job, 'column') c, jsonb_populate_record(null::board_columns, c.data) as row;
  insert into labels select row.* from import_last(job, 'label') l, jsonb_populate_record(null::labels, l.data) as row;
  insert into project_members select distinct on (row.user_id) row.* from import_last(job, 'member') m,
    jsonb_populate_record(null::project_members, m.data) as row order by row.user_id, role_rank(row.role) desc, m.seq;
  insert into tasks select * from import_tasks(job);
  get diagnostics task_rows = row_count;
  insert into task_links select row.* from import_last(job, 'link') l, jsonb_populate_record(null::task_links, l.data) as row
    where row.other_task_id is not null;
  insert into comments select * from import_comments(job);
  get diagnostics comment_rows = row_count;
  insert into checklists select row.* from import_last(job, 'checklist') c, jsonb_populate_record(null::checklists, c.data) as row
    where exists (select 1 from tasks t where t.id = row.task_id);
  get diagnostics checklist_rows = row_count;
  insert into checklist_items select row.* from import_last(job, 'checklist_item') i, jsonb_populate_record(null::checklist_items, i.data) as row
    where exists (select 1 from checklists c where c.id = row.checklist_id);
  get diagnostics item_rows = row_count;
  update projects set task_count = task_rows, comment_total = comment_rows, item_total = checklist_rows + item_rows where id = project;
  insert into activity_logs select row.* from import_lines l,
    jsonb_populate_record(null::activity_logs, case when l.entry ->> 'entity' = 'comment' then l.entry #- '{data,body}' else l.entry end) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer), import_settle_links(job, project);
  update board_columns set pending = null where project_id = project and pending is not null;
  perform add_pending_act(project, 'assignments', former.id::text)
    from (select unnest(assignee_ids) as id from tasks where project_id = project
      union select assignee_id from checklist_items where project_id = project and assignee_id is not null) former
    where not exists (select 1 from project_members m where m.project_id = project and m.user_id = former.id);
  perform import_invite(project, importer);
  perform set_reminder_floor(project);
  delete from imports where id = job;
end $$;
--> statement-breakpoint
create or replace function next_turn(this_job text, moment timestamptz) returns uuid language plpgsql as $$
declare
  candidate uuid := (select project_id from job_cursors where job = this_job);
  wanted boolean;
  deadline timestamptz := clock_timestamp() + interval '1 second'; -- then a visit in vain is better than to look on
begin
  loop -- one index probe for each project that may have work for this job
    if this_job = 'empty_trash' then
      select t.project_id into candidate from tasks t
        where t.deleted_at is not null and t.project_id > coalesce(candidate, '00000000-0000-0000-0000-000000000000') order by t.project_id limit 1;
      wanted := exists (select 1 from tasks t where t.project_id = candidate and t.deleted_at <= moment);
    elsif this_job = 'end_claims' then
      select c.project_id into candidate from task_claims c
        where c.project_id > coalesce(candidate, '00000000-0000-0000-0000-000000000000') order by c.project_id limit 1;
      wanted := exists (select 1 from task_claims c where c.project_id = candidate and c.expires_at <= moment)
        and not exists (select 1 from projects p where p.id = candidate and p.status = 'archived');
    elsif this_job = 'deliver_webhooks' then
      select w.project_id into candidate from webhooks w
        where w.project_id > coalesce(candidate, '00000000-0000-0000-0000-000000000000') order by w.project_id limit 1;
      wanted := exists (select 1 from late_webhooks(candidate, moment));
    else
      select t.project_id into candidate from tasks t
        where t.due_date is not null and t.deleted_at is null and t.archived_at is null and t.completed_at is null and t.assignee_ids <> '{}'
          and t.project_id > coalesce(candidate, '00000000-0000-0000-0000-000000000000') order by t.project_id limit 1;
      wanted := has_reminders(candidate, moment);
    end if;
    exit when candidate is null or wanted or clock_timestamp() > deadline;
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
drop function tasks_within(uuid[], int);
--> statement-breakpoint
create or replace function tasks_within(candidates uuid[], max_rows int) returns uuid[] language sql stable as $$
  select coalesce(array_agg(id order by place), '{}') from (
    select t.id, c.place, sum(1 + more) over (order by c.place) - 1 - more as before
    from unnest(candidates) with ordinality c (id, place) join tasks t on t.id = c.id
    cross join lateral (select t.comment_count + t.checklist_total as more) own) weighed
  where before < max_rows;
$$;
--> statement-breakpoint
drop function remove_tasks(uuid, uuid[], int);
--> statement-breakpoint
create or replace function remove_tasks(project uuid, task_ids uuid[], max_rows int) returns int language plpgsql as $$
declare
  silent boolean := not exists (select 1 from projects where id = project);
  freed int; gone int; child_rows int;
begin
  if silent then
    perform set_config('flowtrack.importing', 'on', true);
  end if;
  update tasks set parent_id = null where id in (select c.id from tasks c where c.parent_id = any(task_ids) limit max_rows);
  get diagnostics freed = row_count;
  delete from task_links where id in (select l.id from task_links l
    where l.project_id = project and (l.task_id = any(task_ids) or coalesce(l.other_task_id, l.foreign_task_id) = any(task_ids)) limit max_rows - freed);
  get diagnostics gone = row_count;
  freed := freed + gone;
  if silent then
    perform set_config('flowtrack.importing', 'off', true);
  end if;
  if freed = max_rows then
    return max_rows;
  end if;
  task_ids := task_ids[1:max_rows - freed];
  select coalesce(sum(comment_count + checklist_total), 0) into child_rows from tasks where id = any(task_ids);
  delete from tasks where id = any(task_ids);
  get diagnostics gone = row_count;
  return freed + gone + child_rows;
end $$;
--> statement-breakpoint
drop function purge_trash(uuid, timestamptz, int);
--> statement-breakpoint
create or replace function purge_trash(project uuid, cutoff timestamptz, max_rows int) returns int language plpgsql as $$
begin
  perform set_config('lock_timeout', '1s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  return remove_tasks(project, tasks_within(array(
    select id from tasks where project_id = project and deleted_at <= cutoff order by deleted_at, id limit max_rows), max_rows), max_rows);
end $$;
--> statement-breakpoint
create or replace function event_row(a activity_logs) returns jsonb language plpgsql stable as $$
declare shown_event jsonb := journal_row(a);
begin
  if a.entity = 'comment' then
    shown_event := shown_event || jsonb_build_object('data', with_text(a.data));
  end if;
  if a.api_key is not null then
    shown_event := shown_event || jsonb_build_object('api_key', key_name(a.api_key));
  end if;
  return shown_event;
end $$;
--> statement-breakpoint
create or replace function journal_write() returns trigger language plpgsql as $$
declare
  entity text := tg_argv[0];
  verb text;
  changes jsonb := '{}';
  before jsonb; after jsonb; task uuid; deleted_seq bigint;
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
    before := journal_old(to_jsonb(old), entity);
    task := case when entity = 'task' then old.id else (before ->> 'task_id')::uuid end;
    perform journal_append(old.project_id, deleted_seq, entity || '.' || tg_argv[2], entity, old.id, task, '{}', before);
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if new.seq = old.seq or current_setting('flowtrack.renumbering', true) = 'on' then
      return null;
    end if;
    before := journal_row(old);
    if entity = 'task' then
      if old.label_ids <> '{}' then
        before := before || jsonb_build_object('label_ids', present_labels(old.project_id, old.label_ids));
      end if;
    end if;
  end if;
  after := journal_row(new);
  if tg_op = 'INSERT' then
    verb := tg_argv[1];
  else
    changes := journal_changes(before, after);
    verb := case
      when entity <> 'task' then 'updated'
      when changes ? 'deleted_at' then case when after -> 'deleted_at' = 'null' then 'restored' else 'deleted' end
      when changes ?| '{status,position}' then 'moved'
      else 'updated' end;
  end if;
  task := case when entity = 'task' then new.id else (after ->> 'task_id')::uuid end;
  perform journal_append(new.project_id, new.seq, entity || '.' || verb, entity, new.id, task, changes, after, new.updated_at);
  return null;
end $$;
--> statement-breakpoint
create or replace function projects_write() returns trigger language plpgsql as $$
declare before jsonb; after jsonb;
begin
  if tg_op = 'DELETE' then
    perform journal_append(old.id, old.event_seq + 1, 'project.deleted', 'project', old.id, null, '{}', journal_row(old));
  elsif tg_op = 'INSERT' then
    perform journal_append(new.id, new.seq, 'project.created', 'project', new.id, null, '{}', journal_row(new));
  elsif new.seq <> old.seq then
    before := journal_row(old);
    after := journal_row(new);
    perform journal_append(new.id, new.seq, 'project.updated', 'project', new.id, null, journal_changes(before, after), after);
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function tasks_labels() returns trigger language plpgsql as $$
declare present uuid[] := present_labels(new.project_id, new.label_ids); unknown_labels uuid[];
begin
  if cardinality(present) < cardinality(new.label_ids) and (tg_op = 'INSERT' or new.label_ids <> old.label_ids) then
    select array_agg(named) into unknown_labels from unnest(new.label_ids) named
      where named <> all(present) and not is_deleted_label(new.project_id, named);
    if unknown_labels is not null then
      perform fail('FT422', 'label_not_found', jsonb_build_object('path', 'label_ids', 'ids', unknown_labels));
    end if;
  end if;
  if cardinality(present) > 50 then
    perform fail('FT422', 'validation_failed', '{"path": "label_ids", "message": "must be at most 50: remove a label first"}');
  end if;
  new.label_ids := present;
  return new;
end $$;
--> statement-breakpoint
create or replace function unblock_tasks(project uuid, max_rows int) returns boolean language plpgsql as $$
declare freed int;
begin
  update tasks set is_blocked = false where id in (
    select t.id from tasks t where t.project_id = project and t.is_blocked and not task_is_blocked(t.id) limit max_rows);
  get diagnostics freed = row_count;
  return freed = max_rows;
end $$;
--> statement-breakpoint
create or replace function tasks_linked() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('flowtrack.quiet', true) = 'on' then
    return null; -- a transfer, which removes all links itself
  end if;
  if exists (select 1 from projects where id = old.project_id) then -- else all of it goes
    perform refresh_links(old.project_id, old.id);
  end if;
  perform add_pending_act(waiting.project_id, 'links', old.id::text)
    from (select distinct project_id from task_links where coalesce(other_task_id, foreign_task_id) = old.id and project_id <> old.project_id) waiting;
  return null;
end $$;
--> statement-breakpoint
create or replace function notify_people(event activity_logs, kind text, people uuid[], facts jsonb, about uuid default null) returns void language plpgsql as $$
declare notified text;
begin
  people := array_remove(people, event.user_id);
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
    where u.id = any(people) and u.is_active and not is_muted(u.id, kind, event.project_id)
    on conflict do nothing returning user_id)
  select string_agg(user_id::text, ',') into notified from fresh;
  perform note_notified(notified);
end $$;
--> statement-breakpoint
create or replace function due_slice(project uuid, moment timestamptz, out ids uuid[], out last_day date, out more boolean) language plpgsql stable as $$
declare
  horizon date := (moment at time zone 'UTC' + interval '14 hours')::date; -- no zone is further from UTC
  reached reminder_positions;
begin
  select * into reached from reminder_positions where project_id = project;
  select array_agg(id order by due_date, id) filter (where fits), max(due_date) filter (where fits), coalesce(bool_or(not fits), false)
    into ids, last_day, more
  from (
    select id, due_date, row_number() over by_date <= 250 and sum(cardinality(assignee_ids)) over by_date - cardinality(assignee_ids) < 500 as fits
    from (
      select t.id, t.due_date, t.assignee_ids from tasks t
      where t.project_id = project and t.due_date is not null and t.deleted_at is null and t.archived_at is null and t.completed_at is null and t.assignee_ids <> '{}'
        and t.due_date <= horizon
        and (t.due_date, t.id) > (coalesce(reached.due_date, '-infinity'), coalesce(reached.task_id, '00000000-0000-0000-0000-000000000000'))
      order by t.due_date, t.id limit 251
    ) as next_ones window by_date as (order by due_date, id)
  ) as judged;
end $$;
--> statement-breakpoint
create or replace function set_reminder_floor(project uuid) returns void language sql as $$
  insert into reminder_floors (project_id, since) values (project, clock_timestamp())
  on conflict (project_id) do update set since = excluded.since;
$$;
--> statement-breakpoint
create or replace function projects_reopened() returns trigger language plpgsql as $$
begin
  perform set_reminder_floor(new.id);
  return null;
end $$;
--> statement-breakpoint
drop function forget_surplus_notifications(uuid, int, int, int);
--> statement-breakpoint
create or replace function forget_surplus_notifications(since uuid, kept int, visits int, max_rows int) returns uuid language plpgsql as $$
declare
  person inboxes; looked int := 0; examined int := 0; room int := max_rows; gone int;
  deadline timestamptz := clock_timestamp() + interval '1 second';
begin
  for person in select * from inboxes where user_id > since order by user_id limit visits loop
    looked := looked + 1;
    continue when person.seq <= kept;
    examined := examined + 1;
    if exists (select from notifications n where n.user_id = person.user_id order by n.id desc offset kept) then
      perform from inboxes where user_id = person.user_id for no key update skip locked;
      if found then
        delete from notifications where id in (
          select (n).id from (select n from notifications n where n.user_id = person.user_id order by n.id desc offset kept) older
          where not still_reminds(n) limit room);
        get diagnostics gone = row_count;
        room := room - gone;
      end if;
    end if;
    if room <= 0 or examined = 20 or clock_timestamp() > deadline then
      return person.user_id;
    end if;
  end loop;
  return case when looked = visits then person.user_id end;
end $$;
--> statement-breakpoint
drop function require_room_for_link(uuid, uuid, int, int);
--> statement-breakpoint
create or replace function require_room_for_link(project uuid, person uuid, default_quota int, max_own int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'links', default_quota);
begin
  perform 1 from projects where id = project for no key update;
  perform 1 from users where id = person for no key update;
  delete from report_links where id in (
    select l.id from report_links l where l.user_id = person and (l.revoked_at is not null or l.expires_at <= now()) order by l.id desc offset max_own);
  if (select count(*) from report_links l where l.user_id = person and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= max_own then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', max_own, 'say',
      format('You may have %s report links: withdraw one by DELETE /reports/links/{id}, or wait until one expires', max_own)));
  elsif (select count(*) from report_links l where l.project_id = project and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= allowed then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s report links: let a manager withdraw some by DELETE /reports/links/{id}, or ask an administrator for more', allowed)));
  end if;
end $$;
--> statement-breakpoint
drop function bring_along(tasks, checklists[], checklist_items[], comments[]);
--> statement-breakpoint
create or replace function bring_along(card tasks, lists checklists[], items checklist_items[], card_comments comments[]) returns void language plpgsql as $$
declare list checklists; item checklist_items; comment comments; at bigint := card.seq;
begin
  perform set_config('flowtrack.importing', 'on', true);
  foreach list in array lists loop
    at := at + 1;
    list.project_id := card.project_id; list.seq := at; list.updated_at := card.updated_at;
    insert into checklists select list.*;
    perform journal_append(card.project_id, at, 'checklist.created', 'checklist', list.id, card.id, '{}', journal_row(list), list.updated_at);
  end loop;
  foreach item in array items loop
    at := at + 1;
    item.project_id := card.project_id; item.seq := at; item.updated_at := card.updated_at;
    if not exists (select 1 from project_members m where m.project_id = card.project_id and m.user_id = item.assignee_id) then
      item.assignee_id := null;
    end if;
    insert into checklist_items select item.*;
    perform journal_append(card.project_id, at, 'checklist_item.created', 'checklist_item', item.id, card.id, '{}', journal_row(item), item.updated_at);
  end loop;
  foreach comment in array card_comments loop
    at := at + 1;
    comment.project_id := card.project_id; comment.seq := at; comment.updated_at := card.updated_at;
    insert into comments select comment.*;
    perform journal_append(card.project_id, at, 'comment.created', 'comment', comment.id, card.id, '{}', journal_row(comment), comment.updated_at);
  end loop;
  perform set_config('flowtrack.importing', 'off', true);
  update projects set event_seq = at, comment_total = comment_total + cardinality(card_comments), item_total = item_total + cardinality(lists) + cardinality(items)
    where id = card.project_id;
end $$;
--> statement-breakpoint
create or replace function transfer_task(named text, there uuid, column_key text, default_tasks int, default_comments int, default_items int)
returns jsonb language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid; before bigint;
  card tasks; was tasks; labels_there record; arrival text; far uuid[]; links int; freed int;
  lists checklists[]; items checklist_items[]; card_comments comments[]; texts search_texts[]; watching uuid[]; members uuid[];
begin
  select * into was from tasks where id = task_id(named) and project_id = here and deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif there = here then
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "must be another project than the task is in"}');
  elsif (select count(*) from (select 1 from tasks where parent_id = was.id limit 501) children) > 500 then
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "cannot take a task with more than 500 subtasks: give them another parent first"}');
  elsif (select sum(octet_length(body)) from comments where task_id = was.id) > 8388608 then -- else it would take too long
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "cannot take a task whose comments have more than 8 MiB of text: delete some first"}');
  end if;
  perform lock_other_side(there);
  select event_seq into before from projects where id = there;
  lists := array(select c from checklists c where c.task_id = was.id order by c.position, c.id);
  items := array(select i from checklists c join checklist_items i on i.checklist_id = c.id where c.task_id = was.id order by i.checklist_id, i.position, i.id);
  card_comments := array(select c from comments c where c.task_id = was.id order by c.id);
  texts := array(select t from search_texts t where t.task_id = was.id and t.id <> was.id);
  perform require_room_for_transfer(there, was, cardinality(lists) + cardinality(items), default_tasks, default_comments, default_items);
  arrival := column_of_arrival(there, was, column_key);
  labels_there := labels_like(was.label_ids, there);
  members := array(select m.user_id from project_members m where m.project_id = there);
  watching := array(select w.user_id from task_watchers w where w.task_id = was.id and w.user_id = any(members));
  links := (select count(*) from task_links where task_id = was.id);
  perform set_config('flowtrack.quiet', 'on', true);
  delete from task_links where project_id in (here, there) and (task_id = was.id or coalesce(other_task_id, foreign_task_id) = was.id);
  update tasks set parent_id = null where parent_id = was.id;
  get diagnostics freed = row_count;
  delete from tasks where id = was.id;
  insert into tasks (id, project_id, number, title, description, status, position, priority, assignee_ids, label_ids, estimate, start_date, due_date,
      archived_at, created_by, created_at, comment_count, checklist_done, checklist_total)
    values (was.id, there, '', was.title, was.description, arrival, null, was.priority,
      array(select a from unnest(was.assignee_ids) with ordinality as assigned(a, n) where a = any(members) order by n), labels_there.kept,
      was.estimate, was.start_date, was.due_date, was.archived_at, was.created_by, was.created_at, was.comment_count, was.checklist_done, was.checklist_total)
    returning * into card;
  -- What search has of the comments is taken along: to make it anew would take most of the time.
  insert into search_texts (id, task_id, project_id, title, body, grams)
    select t.id, card.id, there, t.title, t.body, ts_delete(t.grams, here::text) || array_to_tsvector(array[there::text]) from unnest(texts) t;
  perform bring_along(card, lists, items, card_comments);
  insert into task_watchers (task_id, user_id, project_id) select card.id, person, there from unnest(watching) person;
  far := remove_links(card.id, here, there); -- last, as it locks projects of others
  perform set_config('flowtrack.quiet', 'off', true);
  perform set_config('flowtrack.project', there::text, true), set_config('flowtrack.since', before::text, true);
  return set_config('flowtrack.answer', jsonb_build_object('other_projects', here || far, 'task', journal_row(card) || jsonb_build_object('dropped', jsonb_build_object(
    'labels', labels_there.lost, 'assignee_ids', uuids_without(was.assignee_ids, card.assignee_ids), 'links', links,
    'parent_id', was.parent_id, 'subtasks', freed)))::text, true)::jsonb;
end $$;
--> statement-breakpoint
drop function check_views(uuid, uuid, int, int);
--> statement-breakpoint
create or replace function check_views(project uuid, person uuid, max_own int, max_shared int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  if (select count(*) from views v where v.created_by = person and project_role(v.project_id, person) is not null) > max_own then
    perform fail('FT409', 'too_many_views', jsonb_build_object('limit', max_own, 'say', format('You may have %s views: delete one first', max_own)));
  elsif (select count(*) from views v where v.project_id = project and v.shared) > max_shared then
    perform fail('FT409', 'too_many_views', jsonb_build_object('limit', max_shared, 'say',
      format('This project may have %s shared views: let a manager delete some, or keep this one for yourself', max_shared)));
  end if;
end $$;
--> statement-breakpoint
drop function write_outcome(uuid, int);
--> statement-breakpoint
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
--> statement-breakpoint
drop function leave_for_later(uuid, text, text, text);
--> statement-breakpoint
drop function assigned_by(uuid, uuid, bigint, int);
--> statement-breakpoint
drop function items_assigned_by(uuid, uuid, bigint, int);
--> statement-breakpoint
drop function importing();
--> statement-breakpoint
drop function refresh_blocked(uuid, int);
--> statement-breakpoint
drop function let_rest(uuid);
