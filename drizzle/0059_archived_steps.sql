-- A new category of a column may complete or reopen archived tasks: reports then count them, or no longer do.
create or replace function journal_steps(project uuid) returns setof task_steps language sql stable as $$
  with events as (
    select project_id, task_id, seq, created_at as at, data ->> 'status' as status,
      is_counted(action, data) as here, coalesce((data ->> 'estimate')::float8, 0) as estimate
    from activity_logs
    where project_id = project and entity = 'task'
      and (action in ('task.created', 'task.purged') or changes ?| '{status,deleted_at,archived_at,estimate}'
        or (changes ? 'completed_at' and data ->> 'archived_at' is not null))), -- whether it counts depends on that
  steps as (
    select *, lag(status) over life as was_status, coalesce(lag(here) over life, false) as was_here, coalesce(lag(estimate) over life, 0) as had
    from events window life as (partition by task_id order by seq))
  select project_id, task_id, seq, at, status, was_status, here, was_here, estimate, had,
    case when was_here then max(at) filter (where here and (not was_here or status is distinct from was_status))
      over (partition by task_id order by seq rows between unbounded preceding and 1 preceding) end
  from steps;
$$;
--> statement-breakpoint
drop trigger take_step on activity_logs;
--> statement-breakpoint
CREATE TRIGGER take_step AFTER INSERT ON activity_logs FOR EACH ROW WHEN (((new.entity = 'task'::text) AND ((new.action = ANY (ARRAY['task.created'::text, 'task.purged'::text])) OR (new.changes ?| '{status,deleted_at,archived_at,estimate}'::text[]) OR ((new.changes ? 'completed_at'::text) AND ((new.data ->> 'archived_at'::text) IS NOT NULL))))) EXECUTE FUNCTION take_step();
--> statement-breakpoint
ALTER TABLE activity_logs ENABLE ALWAYS TRIGGER take_step;
--> statement-breakpoint
-- Computes the steps of these tasks anew.
do $$
declare project uuid; cards uuid[];
begin
  for project, cards in
    select l.project_id, array_agg(distinct l.task_id) from activity_logs l
    where l.entity = 'task' and l.changes ? 'completed_at' and l.data ->> 'archived_at' is not null
      and not l.changes ?| '{status,deleted_at,archived_at,estimate}'
    group by l.project_id
  loop
    delete from task_steps where project_id = project and task_id = any(cards);
    insert into task_steps select s.* from journal_steps(project) s where s.task_id = any(cards);
  end loop;
end $$;
--> statement-breakpoint
create or replace function require_room_for_task(project uuid, default_quota int) returns text language plpgsql as $$
declare held int; allowed int;
begin
  select task_count, coalesce((quotas ->> 'tasks')::int, default_quota) into held, allowed from projects where id = project;
  if held >= allowed then
    perform fail('FT409', 'too_many_tasks', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s tasks, including those in the trash: delete some and wait until the trash is emptied, begin another project, or ask an administrator for more', allowed)));
  end if;
  return '';
end $$;
