-- Who is notified of comments on a task, and who has muted notifications.

-- Whether a person has muted notifications of this kind, or of this project.
create or replace function is_muted(person uuid, kind text, project uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select 1 from notification_preferences p where p.user_id = person
    and (kind = any(p.muted_kinds) or project = any(p.muted_project_ids)));
end $$;

-- Makes people watch a task, as long as it has fewer than 100 watchers. The others are left out without an error: no
-- comment fails because of that.
create or replace function watch(card uuid, project uuid, people uuid[]) returns void language plpgsql as $$
begin
  insert into task_watchers (task_id, user_id, project_id)
  select card, fresh.id, project from (
    select distinct person as id from unnest(people) person
    where not exists (select 1 from task_watchers w where w.task_id = card and w.user_id = person)) fresh
  order by fresh.id limit greatest(100 - (select count(*) from task_watchers w where w.task_id = card), 0);
end $$;

-- Makes the actor watch a task, as requested: FT404 when the task is gone or in the trash, FT409 when there is no
-- room.
create or replace function watch_task(card uuid) returns void language plpgsql as $$
declare me uuid := current_setting('flowtrack.actor')::uuid;
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  end if;
  perform watch(card, current_setting('flowtrack.project')::uuid, array[me]);
  if not exists (select 1 from task_watchers w where w.task_id = card and w.user_id = me) then
    perform fail('FT409', 'too_many_watchers', '{"limit": 100, "say": "A task can have at most 100 watchers: ask one of them to stop watching it first"}');
  end if;
end $$;

-- Makes those of `people` who are members watch the task of an event: whoever creates it or comments on it, and
-- whoever is assigned to it or to an item of its checklists.
create or replace function watch_by_acting(event activity_logs, people uuid[]) returns void language plpgsql as $$
begin
  perform watch(event.task_id, event.project_id, array(
    select m.user_id from project_members m where m.project_id = event.project_id and m.user_id = any(people)));
end $$;

-- AFTER a membership ended: the person no longer watches tasks of the project, and no longer mutes it.
create or replace function end_watching() returns trigger language plpgsql as $$
begin
  if exists (select 1 from projects where id = old.project_id) then -- else its tasks take them along
    delete from task_watchers where project_id = old.project_id and user_id = old.user_id;
  end if;
  update notification_preferences set muted_project_ids = array_remove(muted_project_ids, old.project_id)
    where user_id = old.user_id and old.project_id = any(muted_project_ids);
  return null;
end $$;

-- FT422 unless the actor is a member of all of these projects.
create or replace function require_own_projects(projects uuid[]) returns void language plpgsql as $$
begin
  if exists (select 1 from unnest(projects) wanted where not exists (
      select 1 from project_members m where m.project_id = wanted and m.user_id = current_setting('flowtrack.actor')::uuid)) then
    perform fail('FT422', 'validation_failed', '{"path": "muted_project_ids", "message": "contains a project of which you are not a member: leave it out"}');
  end if;
end $$;
