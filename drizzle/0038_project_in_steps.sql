ALTER TABLE "pending_acts" DROP CONSTRAINT "pending_acts_kind";--> statement-breakpoint
ALTER TABLE "board_columns" DROP CONSTRAINT "board_columns_project_id_projects_id_fk";
--> statement-breakpoint
ALTER TABLE "comments" DROP CONSTRAINT "comments_project_id_projects_id_fk";
--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_project_id_projects_id_fk";
--> statement-breakpoint
ALTER TABLE "task_links" DROP CONSTRAINT "task_links_project_id_projects_id_fk";
--> statement-breakpoint
ALTER TABLE "tasks" DROP CONSTRAINT "tasks_project_id_projects_id_fk";
--> statement-breakpoint
ALTER TABLE "pending_acts" ADD CONSTRAINT "pending_acts_kind" CHECK (kind in ('membership', 'assignments', 'deletion', 'dates', 'links', 'project'));
--> statement-breakpoint
-- The first of these tasks, as many as weigh `most` rows with their comments and items; the first one may weigh more by itself.
create or replace function tasks_within(candidates uuid[], most int) returns uuid[] language sql stable as $$
  select coalesce(array_agg(id order by place), '{}') from (
    select t.id, c.place, sum(1 + more) over (order by c.place) - 1 - more as before
    from unnest(candidates) with ordinality c (id, place) join tasks t on t.id = c.id
    cross join lateral (select t.comment_count + t.checklist_total as more) own) weighed
  where before < most;
$$;
--> statement-breakpoint
-- Deletes tasks for good: at most `batch` rows in one call. Returns how many it has written; fewer than `batch` means
-- that none of the tasks is left. The comments and items of a task go with it, and count. Subtasks are taken off their parents,
-- and links removed, first: foreign keys would do so for all of them at once. In a project that is gone nothing is journalled.
create or replace function remove_tasks(project uuid, due uuid[], batch int) returns int language plpgsql as $$
declare
  silent boolean := not exists (select 1 from projects where id = project);
  freed int; gone int; said int;
begin
  if silent then
    perform set_config('flowtrack.importing', 'on', true);
  end if;
  update tasks set parent_id = null where id in (select c.id from tasks c where c.parent_id = any(due) limit batch);
  get diagnostics freed = row_count;
  delete from task_links where id in (select l.id from task_links l
    where l.project_id = project and (l.task_id = any(due) or coalesce(l.other_task_id, l.foreign_task_id) = any(due)) limit batch - freed);
  get diagnostics gone = row_count;
  freed := freed + gone;
  if silent then
    perform set_config('flowtrack.importing', 'off', true);
  end if;
  if freed = batch then
    return batch;
  end if;
  due := due[1:batch - freed];
  select coalesce(sum(comment_count + checklist_total), 0) into said from tasks where id = any(due);
  delete from tasks where id = any(due);
  get diagnostics gone = row_count;
  return freed + gone + said;
end $$;
--> statement-breakpoint
-- Deletes for good what has been in a project's trash since before `cutoff`, journalled: at most `batch` rows in one
-- call, so that nobody waits long for the project's lock. Returns how many rows it has written; fewer than `batch`
-- means that nothing is left.
create or replace function purge_trash(project uuid, cutoff timestamptz, batch int) returns int language plpgsql as $$
begin
  perform set_config('lock_timeout', '1s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  return remove_tasks(project, tasks_within(array(
    select id from tasks where project_id = project and deleted_at <= cutoff order by deleted_at, id limit batch), batch), batch);
end $$;
--> statement-breakpoint
-- Deletes about `most` rows of what a project that is gone has left. Returns whether there is more. Its columns go last:
-- tasks refer to them.
create or replace function clear_project(project uuid, most int) returns boolean language plpgsql as $$
declare cleared int; forgotten int;
begin
  cleared := remove_tasks(project, tasks_within(array(select id from tasks where project_id = project limit most), most), most);
  if cleared < most then
    delete from notifications where id in (select id from notifications where project_id = project limit most - cleared);
    get diagnostics forgotten = row_count;
    cleared := cleared + forgotten;
  end if;
  if cleared >= most then
    return true;
  end if;
  delete from board_columns where project_id = project;
  return false;
end $$;
--> statement-breakpoint
-- AFTER DELETE of a project: nobody finds it any more. What it held goes in steps, the first of them at once.
create or replace function projects_gone() returns trigger language plpgsql as $$
begin
  delete from pending_acts where project_id = old.id;
  if clear_project(old.id, 500) then
    insert into pending_acts (project_id, kind, subject, since) values (old.id, 'project', '', old.event_seq);
    perform tell_left(old.id);
  end if;
  return null;
end $$;
--> statement-breakpoint
-- One step of what is pending in a project, about `most` tasks, as whoever acted; of a link, which may come from another
-- project whose people are strangers here, as the system. Returns whether anything is left.
create or replace function advance_acts(project uuid, most int) returns boolean language plpgsql as $$
declare act pending_acts; more boolean := false;
begin
  perform set_config('lock_timeout', '2s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  select * into act from pending_acts where project_id = project order by visited_at limit 1 for update;
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
-- With a membership end what the person watches in the project, and that it is muted.
create or replace function end_watching() returns trigger language plpgsql as $$
begin
  if exists (select 1 from projects where id = old.project_id) then -- else its tasks take them along
    delete from task_watchers where project_id = old.project_id and user_id = old.user_id;
  end if;
  update notification_preferences set muted_project_ids = array_remove(muted_project_ids, old.project_id)
    where user_id = old.user_id and old.project_id = any(muted_project_ids);
  return null;
end $$;
--> statement-breakpoint
-- Whether the actor of this transaction may see a project.
create or replace function is_reader(project uuid) returns boolean language sql stable as $$
  select in_reach(project) and (acts_as_admin() and exists (select 1 from projects where id = project) or exists (
    select 1 from project_members m where m.project_id = project and m.user_id = current_setting('flowtrack.actor')::uuid));
$$;
--> statement-breakpoint
CREATE TRIGGER projects_90_gone AFTER DELETE ON projects FOR EACH ROW EXECUTE FUNCTION projects_gone();
