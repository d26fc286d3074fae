-- Acts on any number of rows (I10). The change itself takes effect at once, in its own short transaction. The
-- remaining work is noted in pending_acts in the same transaction, and done in steps: by the request that acted, as
-- far as it has time, and by the job finish_acts.

-- Tells the caller of this transaction that a project has pending work (`selectOutcome` in src/transaction/write.ts).
create or replace function report_pending(project uuid) returns void language sql as $$
  select set_config('flowtrack.left', concat_ws(',', nullif(current_setting('flowtrack.left', true), ''), project), true);
$$;

-- Notes the remaining work of an act. A later act of the same kind on the same subject replaces it, and starts anew;
-- one without a target keeps the target of the earlier one.
create or replace function add_pending_act(project uuid, act_kind text, act_subject text, act_target text default null) returns void language sql as $$
  insert into pending_acts (project_id, kind, subject, target, actor, request_id, since)
  select project, act_kind, act_subject, act_target, nullif(current_setting('flowtrack.actor'), 'system')::uuid,
    nullif(current_setting('flowtrack.request_id'), ''), event_seq from projects where id = project
  on conflict (project_id, kind, subject) do update set target = coalesce(excluded.target, pending_acts.target), actor = excluded.actor,
    request_id = excluded.request_id, since = excluded.since, reached = null;
  select report_pending(project);
$$;

-- The ids of at most `max_rows` tasks of a project, trashed ones too, to which a person is assigned, and was already
-- at the seq `since`.
create or replace function tasks_assigned_to(project uuid, person uuid, since bigint, max_rows int) returns setof uuid language sql stable as $$
  select t.id from tasks t where t.project_id = project and t.assignee_ids @> array[person]
    and (t.seq <= since or not exists (
      select 1 from activity_logs l where l.project_id = project and l.task_id = t.id and l.seq > since
        and (l.action = 'task.created' and l.data -> 'assignee_ids' ? person::text
          or l.changes #> '{assignee_ids,1}' ? person::text and not l.changes #> '{assignee_ids,0}' ? person::text)))
  limit max_rows;
$$;

-- The ids of at most `max_rows` items of checklists to which a person is assigned, and was already at the seq `since`.
create or replace function items_assigned_to(project uuid, person uuid, since bigint, max_rows int) returns setof uuid language sql stable as $$
  select i.id from checklist_items i where i.project_id = project and i.assignee_id = person
    and (i.seq <= since or not exists (
      select 1 from activity_logs l where l.project_id = project and l.entity_id = i.id and l.seq > since
        and (l.action = 'checklist_item.created' and l.data ->> 'assignee_id' = person::text or l.changes #>> '{assignee_id,1}' = person::text)))
  limit max_rows;
$$;

-- Takes a former member off at most `max_rows` tasks and items, each change journalled. It notifies nobody: the person
-- is no longer a member, or has become one again since. Returns whether any may be left.
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

-- Ends all memberships of a person whose account this transaction has locked and is about to delete; FT409 when the
-- person is the only manager of a project, or the only active one. If the person has at most 500 tasks, items and
-- watches in all, up to 20 memberships end here, in projects to which nobody writes at this moment; the rest end in
-- steps, so that this waits for no project's lock. Returns the person's projects, and whether each membership has
-- ended.
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

-- Deletes about `max_rows` rows that a deleted project has left. Returns whether there may be more. Its columns go
-- last, because tasks refer to them.
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

-- AFTER DELETE of a project, which nobody can open any more: deletes its rows in steps, the first step here.
create or replace function projects_gone() returns trigger language plpgsql as $$
begin
  delete from pending_acts where project_id = old.id;
  if clear_project(old.id, 500) then
    insert into pending_acts (project_id, kind, subject, since) values (old.id, 'project', '', old.event_seq);
    perform report_pending(old.id);
  end if;
  return null;
end $$;

-- Does one step of a project's pending work, on about `max_rows` tasks, as the actor of the act. What a deleted
-- project left is done as the system, and so is what follows from a linked task, as its actor may be a user who is not
-- a member of this project. Returns whether work is left.
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

-- The next project with pending acts after the last one, none of `skipped`, however many acts each has; after the last
-- project it begins again with the first. Null when there is none.
create or replace function next_act(skipped uuid[]) returns uuid language plpgsql as $$
declare
  last_one uuid := (select project_id from job_cursors where job = 'finish_acts');
  chosen uuid := (select project_id from pending_acts where project_id > last_one and project_id <> all(skipped) order by project_id limit 1);
begin
  if chosen is null then
    chosen := (select project_id from pending_acts where project_id <> all(skipped) order by project_id limit 1);
  end if;
  if chosen is null then
    delete from job_cursors where job = 'finish_acts';
  else
    insert into job_cursors (job, project_id) values ('finish_acts', chosen) on conflict (job) do update set project_id = excluded.project_id;
  end if;
  return chosen;
end $$;

-- Lets other acts of a project come before the one whose step has failed: advance_acts takes the one that has waited
-- longest.
create or replace function postpone_act(project uuid) returns void language sql as $$
  update pending_acts set visited_at = clock_timestamp() where (project_id, kind, subject) = (
    select project_id, kind, subject from pending_acts where project_id = project order by visited_at limit 1);
$$;
