CREATE TABLE "reminder_positions" (
	"project_id" uuid PRIMARY KEY NOT NULL,
	"due_date" date NOT NULL,
	"task_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reminder_rests" (
	"task_id" uuid PRIMARY KEY NOT NULL,
	"since" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
DROP INDEX "tasks_due";--> statement-breakpoint
ALTER TABLE "reminder_positions" ADD CONSTRAINT "reminder_positions_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reminder_rests" ADD CONSTRAINT "reminder_rests_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tasks_due" ON "tasks" USING btree ("project_id","due_date","id") WHERE due_date is not null and deleted_at is null and completed_at is null and assignee_ids <> '{}';
--> statement-breakpoint
-- Jobs go by turns, reminders as well as the trash: one project after another, in short transactions (I10).
drop function next_trash_turn(timestamptz);
drop function remind_due(timestamptz, int);
--> statement-breakpoint
-- The tasks that one visit of the job `remind` judges: those whose due date ends within 24 hours or has ended
-- anywhere, by date, from where the last visit stopped. They are 250 at most, or 500 assignments; `more` follow.
create function due_slice(project uuid, moment timestamptz, out ids uuid[], out last_day date, out more boolean) language plpgsql stable as $$
declare
  horizon date := (moment at time zone 'UTC' + interval '14 hours')::date; -- no zone is further from UTC
  here reminder_positions;
begin
  select * into here from reminder_positions where project_id = project;
  select array_agg(id order by due_date, id) filter (where fits), max(due_date) filter (where fits), coalesce(bool_or(not fits), false)
    into ids, last_day, more
  from (
    select id, due_date, row_number() over by_date <= 250 and sum(cardinality(assignee_ids)) over by_date - cardinality(assignee_ids) < 500 as fits
    from (
      select t.id, t.due_date, t.assignee_ids from tasks t
      where t.project_id = project and t.due_date is not null and t.deleted_at is null and t.completed_at is null and t.assignee_ids <> '{}'
        and t.due_date <= horizon
        and (t.due_date, t.id) > (coalesce(here.due_date, '-infinity'), coalesce(here.task_id, '00000000-0000-0000-0000-000000000000'))
      order by t.due_date, t.id limit 251
    ) as next_ones window by_date as (order by due_date, id)
  ) as judged;
end $$;
--> statement-breakpoint
-- The reminders of these tasks of a project that are missing, as things stand at `moment`: of a due date that ends within 24 hours
-- (due_soon) or has ended (overdue), once per person, kind, task and date. What had ended when the project was imported
-- or opened again, or the task by a change of the columns, is not told. Tasks and people are looked up one by one:
-- whatever the planner expects, all of them are many more.
create function missing_reminders(project uuid, ids uuid[], moment timestamptz)
returns table (user_id uuid, kind text, project_id uuid, task_id uuid, dedupe_key text, data jsonb) language sql stable as $$
  select wanted.* from (
    select u.id as user_id, due.kind, t.project_id, t.id as task_id,
           concat_ws(':', due.kind, t.id, t.due_date) as dedupe_key,
           jsonb_build_object('number', t.number, 'title', t.title, 'due_date', t.due_date,
             'project_key', p.key, 'project_name', p.name) as data
    from unnest(ids) due_id
    cross join lateral (select * from tasks where id = due_id limit 1) t
    join projects p on p.id = t.project_id and p.status not in ('completed', 'archived')
    join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category not in ('done', 'cancelled')
    cross join unnest(t.assignee_ids) assignee
    cross join lateral (select someone.id, someone.timezone from users someone where someone.id = assignee and someone.is_active limit 1) u
    cross join lateral (select 1 from project_members m where m.project_id = t.project_id and m.user_id = u.id limit 1) m
    cross join lateral (select day_end(t.due_date, u.timezone) as ends) day
    cross join lateral (select case when day.ends <= moment then 'overdue' else 'due_soon' end as kind) due
    where day.ends <= moment + interval '24 hours'
      and day.ends > coalesce((select f.since from reminder_floors f where f.project_id = project), '-infinity')
      and day.ends > coalesce((select r.since from reminder_rests r where r.task_id = t.id), '-infinity')
  ) as wanted
  where not exists (select 1 from notifications n where n.user_id = wanted.user_id and n.dedupe_key = wanted.dedupe_key);
$$;
--> statement-breakpoint
-- Whether a visit of this project has anything to do: a reminder, or more tasks than one visit judges.
create function has_reminders(project uuid, moment timestamptz) returns boolean language plpgsql stable as $$
declare slice record;
begin
  if not exists (select 1 from projects where id = project and status not in ('completed', 'archived')) then
    return false;
  end if;
  if exists (select 1 from reminder_positions where project_id = project) then
    return true;
  end if;
  select * into slice from due_slice(project, moment);
  return slice.more or exists (select 1 from missing_reminders(project, slice.ids, moment));
end $$;
--> statement-breakpoint
-- One visit of the job `remind`: whom it has told, and whether there are `more` tasks to judge.
create function remind_project(project uuid, moment timestamptz, out told uuid[], out more boolean) language plpgsql as $$
declare slice record;
begin
  select * into slice from due_slice(project, moment);
  with fresh as (
    insert into notifications (id, user_id, kind, project_id, task_id, dedupe_key, data)
    select uuid_v7(), m.user_id, m.kind, m.project_id, m.task_id, m.dedupe_key, m.data from missing_reminders(project, slice.ids, moment) m
    order by m.user_id, m.dedupe_key -- two runs at once wait for each other in one order
    on conflict do nothing
    returning user_id)
  select coalesce(array_agg(distinct fresh.user_id), '{}') into told from fresh;
  more := slice.more;
  if more then
    insert into reminder_positions (project_id, due_date, task_id) values (project, slice.last_day, slice.ids[cardinality(slice.ids)])
      on conflict (project_id) do update set due_date = excluded.due_date, task_id = excluded.task_id;
  else
    delete from reminder_positions where project_id = project;
  end if;
end $$;
--> statement-breakpoint
-- The next project after this job's last one that it has something to do for, as things stand at `moment` (of
-- empty_trash: what was in the trash by then); null at the end of a round, and the next call begins another. To be
-- committed before the visit, so that a project that fails is passed over until the next round.
create function next_turn(this_job text, moment timestamptz) returns uuid language plpgsql as $$
declare
  candidate uuid := (select project_id from job_cursors where job = this_job);
  wanted boolean;
  patience timestamptz := clock_timestamp() + interval '1 second'; -- then a visit in vain is better than to look on
begin
  loop -- one index probe for each project that has trash, or dates that somebody is to keep
    if this_job = 'empty_trash' then
      select t.project_id into candidate from tasks t
        where t.deleted_at is not null and t.project_id > coalesce(candidate, '00000000-0000-0000-0000-000000000000') order by t.project_id limit 1;
      wanted := exists (select 1 from tasks t where t.project_id = candidate and t.deleted_at <= moment);
    else
      select t.project_id into candidate from tasks t
        where t.due_date is not null and t.deleted_at is null and t.completed_at is null and t.assignee_ids <> '{}'
          and t.project_id > coalesce(candidate, '00000000-0000-0000-0000-000000000000') order by t.project_id limit 1;
      wanted := has_reminders(candidate, moment);
    end if;
    exit when candidate is null or wanted or clock_timestamp() > patience;
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
-- Of a change of the columns only those tasks rest that it has opened again, not all of the project's.
-- A task that was finished and is not any more, as its column has another category or was deleted: nobody opened it.
create function tasks_reopened() returns trigger language plpgsql as $$
begin
  insert into reminder_rests (task_id, since) values (new.id, clock_timestamp())
    on conflict (task_id) do update set since = excluded.since;
  return null;
end $$;
--> statement-breakpoint
create trigger reminders_10_rest after update on tasks for each row
  when (old.completed_at is not null and new.completed_at is null and (old.status = new.status or current_setting('flowtrack.draining', true) = 'on'))
  execute function tasks_reopened();
--> statement-breakpoint
-- What holds for columns: that one stays, and the dates of their tasks when a category changes. Those are
-- read anew from the steps: a category given by mistake and taken back leaves every date as it was.
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
      perform leave_for_later(new.project_id, 'dates', new.key, case when 'in_progress' in (was, new.category) then 'starts' end);
    else
      perform reread_dates(new.project_id, new.key, 'in_progress' in (was, new.category));
    end if;
  end if;
  return null;
end $$;
--> statement-breakpoint
-- Moves tasks of a column that is deleted to the bottom of another, in their order, one journalled move each.
create or replace function drain_column(project uuid, column_key text, target text, most int default null) returns void language plpgsql as $$
declare bottom numeric := task_rank(project, target, null); task uuid;
begin
  perform set_config('flowtrack.draining', 'on', true);
  for task in select id from tasks where project_id = project and status = column_key order by position, id limit most loop
    update tasks set status = target, position = bottom where id = task;
    bottom := bottom + 1024;
  end loop;
  perform set_config('flowtrack.draining', 'off', true);
end $$;
