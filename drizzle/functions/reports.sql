-- What reports read: the period that they cover, and the table of steps beside the journal.

-- The first and last day of a report and today, in the zone `tz`: the one that is asked for, else the reader's. By
-- default the last 90 days. FT422 for an unknown zone or column, and for a period that is reversed or too long.
-- Postgres decides, since it knows the reader's zone without another trip.
create or replace function report_period(project uuid, me uuid, zone text, since date, until date, step text, board_column text, at timestamptz,
  out tz text, out first date, out last date, out today date) language plpgsql stable as $$
begin
  tz := coalesce(zone, (select timezone from users where id = me), 'UTC');
  begin
    today := (at at time zone tz)::date;
  exception when invalid_parameter_value then
    perform fail('FT422', 'validation_failed', '{"path": "tz", "message": "is not a known time zone: use an IANA name such as Europe/Berlin"}');
  end;
  last := coalesce(until, greatest(today, since));
  first := coalesce(since, last - 89);
  if last < first then
    perform fail('FT422', 'validation_failed', '{"path": "to", "message": "must not be before from"}');
  elsif last > first + interval '3 years' then
    perform fail('FT422', 'validation_failed', '{"path": "from", "message": "must be at most 3 years before to"}');
  elsif (last - first) / (case step when 'day' then 1 when 'week' then 7 else 28 end) >= 1100 then
    perform fail('FT422', 'validation_failed', '{"path": "interval", "message": "gives more than 1,100 points"}');
  end if;
  if board_column is not null and not exists (select 1 from board_columns c where c.project_id = project and c.key = board_column) then
    perform fail('FT422', 'column_not_found', '{"path": "column"}');
  end if;
end $$;

-- Whether the maker of a signed link may still read what it shows: its project or, if it has none, the tasks that are
-- assigned to its maker.
create or replace function maker_may_read(link report_links) returns boolean language sql stable as $$
  select case when link.project_id is null then (select is_active from users where id = link.user_id)
    else project_role(link.project_id, link.user_id) is not null end;
$$;

-- The first statement of a read by a signed link, whose signature the Worker has checked: FT403 once the link has
-- ended. A link without a row counts as expired: it was deleted after its end, or with its project. `project` is null
-- for a link that has none.
create or replace function require_link(link uuid, project uuid) returns void language plpgsql stable as $$
declare l report_links;
begin
  select * into l from report_links where id = link and project_id is not distinct from project;
  if l.id is null or l.expires_at <= now() then
    perform fail('FT403', 'link_expired');
  elsif l.revoked_at is not null or not maker_may_read(l) then
    perform fail('FT403', 'link_revoked');
  end if;
end $$;

-- Whether reports count a task as of this journal row. An unfinished task that was archived does not count, like one
-- in the trash. A done or cancelled one does, so that past reports stay as they were.
create or replace function is_counted(action text, data jsonb) returns boolean language sql immutable as $$
  select action <> 'task.purged' and data ->> 'deleted_at' is null and (data ->> 'archived_at' is null or data ->> 'completed_at' is not null);
$$;

-- The steps of a project, computed from its journal: what `task_steps` must contain, and how it can be made again. A
-- task that was purged and is created again, as it came back from another project, has no status before. Times never go
-- back from one step of a task to its next, although those of an imported journal may. The names are those of the
-- columns: `here`, whether reports count the task after the step, `was_here` before it; `had`, its estimate before it.
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

-- Adds the step of a new journal row, with the state after the task's last step as the state before, by the rules of
-- `journal_steps`. Journal rows of a project are written in the order of their seq.
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
