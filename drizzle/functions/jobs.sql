-- Scheduled jobs: one project after another, in short transactions (I10).

-- The next project after this job's last one in which the job has something to do at `moment` (for empty_trash:
-- something that was in the trash before it). Null at the end of a round; the next call begins another. After a
-- second of search it returns the project that it has reached. Commit this before the visit, so that a project that
-- fails is passed over until the next round.
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

-- The first of `candidates` that, with their comments and items, come to `max_rows` rows; the last one may exceed
-- that.
create or replace function tasks_within(candidates uuid[], max_rows int) returns uuid[] language sql stable as $$
  select coalesce(array_agg(id order by place), '{}') from (
    select t.id, c.place, sum(1 + more) over (order by c.place) - 1 - more as before
    from unnest(candidates) with ordinality c (id, place) join tasks t on t.id = c.id
    cross join lateral (select t.comment_count + t.checklist_total as more) own) weighed
  where before < max_rows;
$$;

-- Deletes tasks for good: about `max_rows` rows in one call. Returns how many rows it has written; fewer than
-- `max_rows` means that none of the tasks is left. The comments and items of a task are deleted with it, and count.
-- First it takes subtasks off their parents and removes links: foreign keys would do so for all of them at once. In a
-- project that is gone nothing is journalled.
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

-- Deletes for good what has been in a project's trash since before `cutoff`, journalled: about `max_rows` rows in one
-- call, so that nobody waits long for the project's lock. Returns how many rows it has written; fewer than `max_rows`
-- means that nothing is left.
create or replace function purge_trash(project uuid, cutoff timestamptz, max_rows int) returns int language plpgsql as $$
begin
  perform set_config('lock_timeout', '1s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  return remove_tasks(project, tasks_within(array(
    select id from tasks where project_id = project and deleted_at <= cutoff order by deleted_at, id limit max_rows), max_rows), max_rows);
end $$;
