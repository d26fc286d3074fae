-- Links between tasks. Each side of a link is a row of its own project, with the link as that side sees it: a project's
-- journal, export and replay are whole by themselves. The other task of a link to another project is in
-- `foreign_task_id`, which journal_row leaves out: events are for all members, and not all of them see both projects.

-- The kind of a link as the other task has it.
create or replace function inverse_link(kind text) returns text language sql immutable as $$
  select case kind when 'blocks' then 'blocked_by' when 'blocked_by' then 'blocks'
    when 'duplicates' then 'duplicated_by' when 'duplicated_by' then 'duplicates' else kind end;
$$;

-- Whether a task waits for another that is neither done, nor cancelled, nor in the trash.
create or replace function task_is_blocked(task uuid) returns boolean language sql stable as $$
  select exists (select 1 from task_links l join tasks blocker on blocker.id = coalesce(l.other_task_id, l.foreign_task_id)
    where l.task_id = task and l.kind = 'blocked_by' and blocker.deleted_at is null and blocker.completed_at is null);
$$;

-- Whether the actor of this transaction may see a project.
create or replace function is_reader(project uuid) returns boolean language sql stable as $$
  select in_reach(project) and (acts_as_admin() and exists (select 1 from projects where id = project) or exists (
    select 1 from project_members m where m.project_id = project and m.user_id = current_setting('flowtrack.actor')::uuid));
$$;

-- Locks the project of a link's other side, unless it is the transaction's own: FT404 or FT403 when the actor may not
-- change it, FT409 when it is archived.
create or replace function lock_other_side(there uuid) returns void language plpgsql as $$
declare status_there text;
begin
  if there = current_setting('flowtrack.project')::uuid then
    return;
  end if;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  select status into status_there from projects where id = there for no key update;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  if status_there = 'archived' then
    perform fail('FT409', 'project_archived', '{"say": "The other project is archived: change its status first, with PATCH /projects/{id} and {\"status\": \"active\"}"}');
  end if;
end $$;

-- Whether `start` blocks `goal`, perhaps through other tasks; FT409 beyond 2,000 tasks. `leaves_project`: a path
-- leaves the transaction's project, so that its lock does not keep the path from changing.
create or replace function find_block_path(start uuid, goal uuid, out reaches_goal boolean, out leaves_project boolean) language plpgsql as $$
declare met int;
begin
  with recursive blocked(id) as (
    select start union
    select coalesce(l.other_task_id, l.foreign_task_id) from blocked b join task_links l on l.task_id = b.id and l.kind = 'blocks')
  select count(*), coalesce(bool_or(b.id = goal), false), coalesce(bool_or(t.project_id <> current_setting('flowtrack.project')::uuid), false)
    into met, reaches_goal, leaves_project
    from (select id from blocked limit 2001) b left join tasks t on t.id = b.id;
  if met > 2000 and not reaches_goal then
    perform fail('FT409', 'too_many_task_links', '{"limit": 2000, "say": "More than 2000 tasks would wait for this one: remove a link that is no longer needed"}');
  end if;
end $$;

-- FT409 when a task would wait for itself. Two concurrent links could close a circle together: within a project its
-- lock prevents that, across projects one global lock does.
create or replace function require_no_circle(blocker uuid, waiting uuid) returns void language plpgsql as $$
declare path record;
begin
  select * into path from find_block_path(waiting, blocker);
  if path.leaves_project and not path.reaches_goal then
    perform pg_advisory_xact_lock(hashtext('flowtrack.blocks'));
    select * into path from find_block_path(waiting, blocker);
  end if;
  if path.reaches_goal then
    perform fail('FT409', 'link_circle');
  end if;
end $$;

-- FT409 when a task has more than `allowed` links. Called after a link was inserted.
create or replace function require_room_for_links(task uuid, allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from task_links where task_id = task) > allowed then
    perform fail('FT409', 'too_many_task_links', jsonb_build_object('limit', allowed, 'say',
      format('A task can have at most %s links, and this one or the other would have more: remove one that is no longer needed', allowed)));
  end if;
end $$;

-- Links a task of the transaction's project to another one that the actor can see. Returns the project of the other
-- side, null if it is the same.
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

-- Whether the actor of this transaction may change tasks of another project than that of the transaction.
create or replace function is_contributor(project uuid) returns boolean language sql stable as $$
  select is_reader(project) and (acts_as_admin() or exists (select 1 from project_members m
    where m.project_id = project and m.user_id = current_setting('flowtrack.actor')::uuid and role_rank(m.role) >= role_rank('contributor')));
$$;

-- Removes both sides of a link of the transaction's project. Returns the project of the other side, null if it is the
-- same. The other may be archived, or one in which the actor has no rights: its tasks must not block those of this
-- project for good. Its own journal then names FlowTrack as the author.
create or replace function unlink_tasks(link uuid) returns uuid language plpgsql as $$
declare
  mine task_links; there uuid; far boolean;
  actor uuid := current_setting('flowtrack.actor')::uuid; request text := current_setting('flowtrack.request_id');
begin
  select * into mine from task_links where id = link;
  if mine.id is null then
    perform fail('FT404', 'not_found');
  end if;
  there := nullif((select project_id from tasks where id = coalesce(mine.other_task_id, mine.foreign_task_id)), mine.project_id);
  delete from task_links where id = link;
  far := there is not null and not is_contributor(there);
  if far then -- its lock is not taken in order, and who is busy there does not hold up this project for long
    perform set_config('lock_timeout', '1500ms', true); -- longer than deadlock_timeout: a deadlock is tried again
  end if;
  if there is not null then
    perform 1 from projects where id = there for no key update;
    if not found then -- it was deleted, and the other side is deleted with its tasks
      return null;
    end if;
    far := not is_contributor(there);
  end if;
  if far then
    perform set_actor(null);
  end if;
  delete from task_links l where l.task_id = coalesce(mine.other_task_id, mine.foreign_task_id)
    and l.kind = inverse_link(mine.kind) and coalesce(l.other_task_id, l.foreign_task_id) = mine.task_id;
  if far then
    perform set_actor(actor, request);
  end if;
  return there;
end $$;

-- Updates a project's links to the task `changed`: removes them if it is gone, and sets whether the tasks that wait
-- for it are blocked.
create or replace function refresh_links(project uuid, changed uuid) returns void language plpgsql as $$
begin
  delete from task_links l where l.project_id = project and coalesce(l.other_task_id, l.foreign_task_id) = changed
    and not exists (select 1 from tasks where id = changed);
  update tasks t set is_blocked = not t.is_blocked
    from task_links l where l.project_id = project and l.kind = 'blocked_by' and coalesce(l.other_task_id, l.foreign_task_id) = changed
      and t.id = l.task_id and t.is_blocked <> task_is_blocked(t.id);
end $$;

-- Unblocks at most `max_rows` tasks that no task blocks: an imported file may show a task as blocked by one that the
-- file does not contain. Returns whether there may be more.
create or replace function unblock_tasks(project uuid, max_rows int) returns boolean language plpgsql as $$
declare freed int;
begin
  update tasks set is_blocked = false where id in (
    select t.id from tasks t where t.project_id = project and t.is_blocked and not task_is_blocked(t.id) limit max_rows);
  get diagnostics freed = row_count;
  return freed = max_rows;
end $$;

-- AFTER INSERT OR DELETE of a link: sets whether its task is blocked.
create or replace function links_block() returns trigger language plpgsql as $$
declare task uuid := case when tg_op = 'INSERT' then new.task_id else old.task_id end;
begin
  update tasks set is_blocked = not is_blocked where id = task and is_blocked <> task_is_blocked(id);
  return null;
end $$;

-- AFTER UPDATE OR DELETE of a task that is no longer open, or open again: updates the tasks that wait for it. This
-- transaction does not lock other projects, so their tasks follow soon after it.
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
