-- A row may go to another project while its writer waits for the lock of the one in which it was (transfer.sql): then that one's
-- guard must judge, so 40001 has the write sent once more. Called after require_role, under the lock: volatile, so that its queries
-- see what is committed by now, and not what the statement saw before it waited.
create or replace function require_unmoved(kind text, named text) returns void language plpgsql volatile as $$
declare there uuid;
begin
  if kind in ('task', 'trashed_task') then
    select project_id into there from tasks where id = task_id(named);
  elsif kind = 'comment' then
    select project_id into there from comments where id = named::uuid;
  elsif kind = 'checklist' then
    select project_id into there from checklists where id = named::uuid;
  elsif kind = 'checklist_item' then
    select project_id into there from checklist_items where id = named::uuid;
  elsif kind = 'task_link' then
    select project_id into there from task_links where id = named::uuid;
  end if;
  if there <> current_setting('flowtrack.project')::uuid then
    raise exception using errcode = 'serialization_failure', message = 'the task has gone to another project meanwhile';
  end if;
end $$;
--> statement-breakpoint
-- Removes all links of a task, on both sides: in this project and in `there`, to which its actor has access, as its actor, elsewhere as
-- the system. Returns the other projects.
create or replace function remove_links(card uuid, here uuid, there uuid) returns uuid[] language plpgsql as $$
declare
  actor uuid := current_setting('flowtrack.actor')::uuid; request text := current_setting('flowtrack.request_id');
  far uuid[] := array(select distinct project_id from task_links
    where coalesce(other_task_id, foreign_task_id) = card and project_id not in (here, there) order by 1);
begin
  delete from task_links where project_id in (here, there) and (task_id = card or coalesce(other_task_id, foreign_task_id) = card);
  if far <> '{}' then -- in one order, and who is busy there does not hold up this project for long
    perform set_config('lock_timeout', '1s', true);
    perform 1 from projects where id = any(far) order by id for no key update;
    perform set_actor(null);
    delete from task_links where project_id = any(far) and coalesce(other_task_id, foreign_task_id) = card;
    perform set_actor(actor, request);
  end if;
  return far;
end $$;
