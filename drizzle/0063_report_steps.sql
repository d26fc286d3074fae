-- A task that left for another project and came back is a new one in reports: no status before. Times of steps do not
-- go back, as those of an imported journal may.
create or replace function journal_steps(project uuid) returns setof task_steps language sql stable as $$
  with events as (
    select project_id, task_id, seq, action, max(created_at) over (partition by task_id order by seq) as at,
      data ->> 'status' as status,
      is_counted(action, data) as here, coalesce((data ->> 'estimate')::float8, 0) as estimate
    from activity_logs
    where project_id = project and entity = 'task'
      and (action in ('task.created', 'task.purged') or changes ?| '{status,deleted_at,archived_at,estimate}'
        or (changes ? 'completed_at' and data ->> 'archived_at' is not null))), -- whether it counts depends on that
  steps as (
    select *, case when action <> 'task.created' then lag(status) over life end as was_status,
      coalesce(lag(here) over life, false) as was_here, coalesce(lag(estimate) over life, 0) as had
    from events window life as (partition by task_id order by seq))
  select project_id, task_id, seq, at, status, was_status, here, was_here, estimate, had,
    case when was_here then max(at) filter (where here and (not was_here or status is distinct from was_status))
      over (partition by task_id order by seq rows between unbounded preceding and 1 preceding) end
  from steps;
$$;
--> statement-breakpoint
create or replace function take_step() returns trigger language plpgsql as $$
declare last task_steps;
begin
  select * into last from task_steps where project_id = new.project_id and task_id = new.task_id order by seq desc limit 1;
  insert into task_steps (project_id, task_id, seq, at, status, was_status, here, was_here, estimate, had, entered_at)
  values (new.project_id, new.task_id, new.seq, greatest(new.created_at, last.at), new.data ->> 'status',
    case when new.action <> 'task.created' then last.status end, is_counted(new.action, new.data), coalesce(last.here, false),
    coalesce((new.data ->> 'estimate')::float8, 0), coalesce(last.estimate, 0),
    case when last.here and (not last.was_here or last.status is distinct from last.was_status) then last.at
      when last.here then last.entered_at end);
  return null;
end $$;
--> statement-breakpoint
create or replace function reread_dates(project uuid, column_key text, starts boolean, after uuid default null, most int default null) returns uuid language plpgsql as $$
declare picked uuid[] := array(select tasks_of_column(project, column_key, after, most));
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
  return case when cardinality(picked) = most then picked[most] end;
end $$;
--> statement-breakpoint
-- Computes the steps of the tasks that came back, or whose times go back, anew. All are found before the first lock, as
-- the search may take long; a lock then prevents new steps of its project until the commit.
do $$
declare
  project uuid; cards uuid[];
  wrong jsonb := (select jsonb_object_agg(project_id, ids) from (
    select s.project_id, jsonb_agg(distinct s.task_id) as ids from (
      select *, at < lag(at) over (partition by project_id, task_id order by seq) as goes_back from task_steps) s
    where goes_back or (was_status is not null and not was_here and exists (
      select from activity_logs l where l.project_id = s.project_id and l.seq = s.seq and l.action = 'task.created'))
    group by 1) found);
begin
  for project, cards in
    select key::uuid, array(select jsonb_array_elements_text(value)::uuid) from jsonb_each(wrong) order by 1
  loop
    perform 1 from projects where id = project for no key update;
    delete from task_steps where project_id = project and task_id = any(cards);
    insert into task_steps select s.* from journal_steps(project) s where s.task_id = any(cards);
  end loop;
end $$;
