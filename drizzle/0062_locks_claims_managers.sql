-- Two projects are locked in one order. A lease that people have ended stays ended. A project keeps an active manager.
-- Renumbering, steps of acts and jobs hold no lock for long.
create or replace function may_change(project uuid, actor uuid, credential uuid, secret_hash text) returns boolean language sql stable as $$
  select has_access(project, actor, credential) and role_rank(project_role(project, actor)) >= role_rank('contributor')
    and (secret_hash is null or exists (select 1 from api_keys k where k.id = credential and k.hash = secret_hash));
$$;
--> statement-breakpoint
create or replace function lock_lower(here uuid, there uuid, actor uuid, credential uuid, secret_hash text) returns void language plpgsql as $$
begin
  if there < here and may_change(here, actor, credential, secret_hash) and may_change(there, actor, credential, secret_hash) then
    perform set_config('lock_timeout', '5s', true), set_config('statement_timeout', '8s', true);
    perform 1 from projects where id = there for no key update;
  end if;
end $$;
--> statement-breakpoint
create or replace function can_replace(account users, person uuid) returns boolean language sql stable as $$
  select not is_deleted(account) and (account.is_active or not (select is_active from users where id = person));
$$;
--> statement-breakpoint
create or replace function link_tasks(link uuid, task uuid, link_kind text, other uuid, allowed int) returns uuid language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid;
  there uuid := (select t.project_id from tasks t where t.id = other and t.deleted_at is null and is_reader(t.project_id));
  elsewhere boolean := there is distinct from here;
begin
  if not exists (select 1 from tasks where id = task and deleted_at is null) then
    perform fail('FT404', 'not_found');
  elsif task = other then
    perform fail('FT422', 'validation_failed', '{"path": "task_id", "message": "must be another task"}');
  elsif there is not null then
    perform lock_other_side(there);
  end if;
  if exists (select 1 from tasks where id = other and project_id <> there and deleted_at is null) then
    raise exception using errcode = 'serialization_failure', message = 'the other task has gone to another project meanwhile';
  elsif not exists (select 1 from tasks where id = other and project_id = there and deleted_at is null) then
    perform fail('FT422', 'task_not_found', '{"path": "task_id"}');
  elsif exists (select 1 from task_links where task_id = task and kind = link_kind and coalesce(other_task_id, foreign_task_id) = other) then
    perform fail('FT409', 'already_linked');
  elsif link_kind = 'blocks' then
    perform require_no_circle(task, other);
  end if;
  insert into task_links (id, project_id, task_id, kind, other_task_id, foreign_task_id) values
    (link, here, task, link_kind, case when not elsewhere then other end, case when elsewhere then other end),
    (uuid_v7(), there, other, inverse_link(link_kind), case when not elsewhere then task end, case when elsewhere then task end);
  perform require_room_for_links(task, allowed), require_room_for_links(other, allowed);
  return case when elsewhere then there end;
end $$;
--> statement-breakpoint
create or replace function remove_links(card uuid, here uuid, there uuid) returns uuid[] language plpgsql as $$
declare
  actor uuid := current_setting('flowtrack.actor')::uuid; request text := current_setting('flowtrack.request_id');
  far uuid[] := array(select distinct project_id from task_links
    where coalesce(other_task_id, foreign_task_id) = card and project_id not in (here, there) order by 1);
begin
  delete from task_links where project_id in (here, there) and (task_id = card or coalesce(other_task_id, foreign_task_id) = card);
  if far <> '{}' then -- in one order, and who is busy there does not hold up this project for long
    perform set_config('lock_timeout', '1500ms', true); -- longer than deadlock_timeout: a deadlock is tried again
    perform 1 from projects where id = any(far) order by id for no key update;
    perform set_actor(null);
    delete from task_links where project_id = any(far) and coalesce(other_task_id, foreign_task_id) = card;
    perform set_actor(actor, request);
  end if;
  return far;
end $$;
--> statement-breakpoint
create or replace function renumber_column(project uuid, column_key text, except_task uuid, low numeric) returns void language plpgsql as $$
declare col board_columns; ranks jsonb; many int := 1000; high numeric; step numeric; places int;
begin
  loop
    high := (select position from tasks where project_id = project and status = column_key and deleted_at is null
      and id is distinct from except_task and position > low order by position, id offset many limit 1);
    step := coalesce((high - low) / (many + 2), 1024);
    exit when step > 0.000001;
    many := many * 2;
  end loop;
  places := greatest(0, 2 - floor(log(step)))::int; -- rounded so, ranks stay apart
  perform set_config('flowtrack.renumbering', 'on', true);
  update board_columns set seq = next_seq(project), updated_at = clock_timestamp()
    where project_id = project and key = column_key returning * into col;
  with renumbered as (
    update tasks t set position = case when high is null then trunc(low) + ranked.n * step + step else trim_scale(round(low + ranked.n * step + step, places)) end
      from (select id, row_number() over (order by position, id) as n from tasks
            where project_id = project and status = column_key and deleted_at is null
              and id is distinct from except_task and position > low order by position, id limit many) ranked
      where t.id = ranked.id returning t.id, t.position)
  select coalesce(jsonb_object_agg(id, position::text), '{}') into ranks from renumbered;
  perform set_config('flowtrack.renumbering', 'off', true);
  perform journal_append(project, col.seq, 'column.reordered', 'column', col.id, null, '{}',
    journal_row(col) || jsonb_build_object('positions', ranks), col.updated_at);
end $$;
--> statement-breakpoint
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
    perform renumber_column(project, column_key, task, coalesce(low, 0));
  end loop;
  return result;
end $$;
--> statement-breakpoint
create or replace function end_lost_claim() returns trigger language plpgsql as $$
begin
  delete from task_claims c where c.task_id = new.id
    and (c.status <> new.status or not new.assignee_ids @> array[c.user_id] or new.deleted_at is not null or new.archived_at is not null);
  return null;
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
  elsif (select count(*) from assigned_by(old.project_id, old.user_id, head, 501))
    + (select count(*) from items_assigned_by(old.project_id, old.user_id, head, 501)) > 500 then
    perform leave_for_later(old.project_id, 'assignments', old.user_id::text);
  else
    perform unassign(old.project_id, old.user_id, head, 501);
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function drain_column(project uuid, column_key text, target text, most int default null) returns void language plpgsql as $$
declare bottom numeric := task_rank(project, target, null); task uuid; patience timestamptz := clock_timestamp() + interval '2 seconds';
begin
  perform set_config('flowtrack.draining', 'on', true);
  for task in select id from tasks where project_id = project and status = column_key order by position, id limit most loop
    update tasks set status = target, position = bottom where id = task;
    bottom := bottom + 1024;
    exit when most is not null and clock_timestamp() > patience; -- each may open the tasks that waited for it
  end loop;
  perform set_config('flowtrack.draining', 'off', true);
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
  perform leave_for_later(m.project_id, 'membership', person::text) from project_members m where m.user_id = person and m.project_id <> all(free);
  return query select m.project_id, m.project_id = any(free) from project_members m where m.user_id = person order by 1;
  delete from project_members m where m.user_id = person and m.project_id = any(free);
end $$;
--> statement-breakpoint
create or replace function advance_acts(project uuid, most int) returns boolean language plpgsql as $$
declare act pending_acts; more boolean := false;
begin
  perform set_config('lock_timeout', '2s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  -- One that somebody is adding to waits: its transaction may be that of a stranger.
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
    more := unassign(project, act.subject::uuid, act.since, most);
  elsif act.kind = 'links' then
    if act.subject <> '' then
      perform refresh_links(project, act.subject::uuid);
    else
      more := refresh_blocked(project, most);
    end if;
  elsif act.kind = 'project' then
    more := clear_project(project, most);
  elsif act.kind = 'deletion' then
    perform drain_column(project, act.subject, act.target, most);
    more := exists (select 1 from tasks where project_id = project and status = act.subject);
    if not more then
      delete from board_columns where project_id = project and key = act.subject;
    end if;
  else
    act.reached := reread_dates(project, act.subject, act.target is not null, act.reached, most);
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
create or replace function is_deleted_label(project uuid, label uuid) returns boolean language sql stable as $$
  select exists (select 1 from activity_logs l where l.project_id = project and l.entity_id = label and l.action = 'label.deleted');
$$;
--> statement-breakpoint
create or replace function tasks_same_labels() returns trigger language plpgsql as $$
begin
  if present_labels(new.project_id, new.label_ids) = present_labels(old.project_id, old.label_ids) and not exists (
      select 1 from unnest(new.label_ids) named where named <> all(old.label_ids) and not is_deleted_label(new.project_id, named)) then
    new.label_ids := old.label_ids;
  end if;
  return new;
end $$;
--> statement-breakpoint
create or replace function tasks_labels() returns trigger language plpgsql as $$
declare present uuid[] := present_labels(new.project_id, new.label_ids); strangers uuid[];
begin
  if cardinality(present) < cardinality(new.label_ids) and (tg_op = 'INSERT' or new.label_ids <> old.label_ids) then
    select array_agg(named) into strangers from unnest(new.label_ids) named
      where named <> all(present) and not is_deleted_label(new.project_id, named);
    if strangers is not null then
      perform fail('FT422', 'label_not_found', jsonb_build_object('path', 'label_ids', 'ids', strangers));
    end if;
  end if;
  if cardinality(present) > 50 then
    perform fail('FT422', 'validation_failed', '{"path": "label_ids", "message": "must be at most 50: remove a label first"}');
  end if;
  new.label_ids := present;
  return new;
end $$;
--> statement-breakpoint
create or replace function watch_task(card uuid) returns void language plpgsql as $$
declare me uuid := current_setting('flowtrack.actor')::uuid;
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  end if;
  perform watch(card, current_setting('flowtrack.project')::uuid, array[me]);
  if not exists (select 1 from task_watchers w where w.task_id = card and w.user_id = me) then
    perform fail('FT409', 'too_many_watchers', '{"limit": 100, "say": "A task may have 100 watchers: ask one of them to stop watching it first"}');
  end if;
end $$;
--> statement-breakpoint
create or replace function forget_surplus_notifications(since uuid, kept int, visits int, most int) returns uuid language plpgsql as $$
declare
  person inboxes; looked int := 0; examined int := 0; room int := most; gone int;
  patience timestamptz := clock_timestamp() + interval '1 second';
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
    if room <= 0 or examined = 20 or clock_timestamp() > patience then
      return person.user_id;
    end if;
  end loop;
  return case when looked = visits then person.user_id end;
end $$;
--> statement-breakpoint
CREATE TRIGGER claims_10_lost AFTER UPDATE OF status, assignee_ids, deleted_at, archived_at ON tasks FOR EACH ROW WHEN (old.assignee_ids <> '{}'::uuid[] and (old.status, old.assignee_ids, old.deleted_at, old.archived_at) is distinct from (new.status, new.assignee_ids, new.deleted_at, new.archived_at)) EXECUTE FUNCTION end_lost_claim();
--> statement-breakpoint
drop function renumber_column(uuid, text, uuid);
