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
drop trigger if exists take_step on activity_logs;
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
--> statement-breakpoint
create or replace function means_same(field text, one jsonb, other jsonb) returns boolean language sql immutable parallel safe as $$
  select case when field = 'archived_at' then (one = 'null') = (other = 'null') else one = other end;
$$;
--> statement-breakpoint
create or replace function require_mergeable(project uuid, row_id uuid, base bigint, proposed jsonb) returns void language plpgsql as $$
declare present jsonb; clashes jsonb;
begin
  if base is null then
    return;
  elsif base > (select event_seq from projects where id = project) then
    perform fail('FT422', 'validation_failed', '{"path": "base_seq"}');
  elsif exists (select 1 from activity_logs where project_id = project and entity_id = row_id and seq > base and action like '%.created') then
    select data into present from activity_logs where project_id = project and entity_id = row_id order by seq desc limit 1;
  end if;
  with changed as (
    select key, (array_agg(value -> 0 order by seq))[1] as was, (array_agg(value -> 1 order by seq desc))[1] as theirs
    from activity_logs, jsonb_each(changes)
    where present is null and project_id = project and entity_id = row_id and seq > base
    group by key
    union all select key, null, value from jsonb_each(present))
  select jsonb_object_agg(key, jsonb_build_object('yours', yours.value, 'theirs', theirs)) into clashes
  from changed join jsonb_each(proposed) yours using (key)
  where key not in ('assignee_ids', 'label_ids') and means_same(key, theirs, was) is not true and not means_same(key, yours.value, theirs);
  if clashes is not null then
    perform fail('FT409', 'edit_conflict', jsonb_build_object('conflicts', clashes));
  end if;
end $$;
--> statement-breakpoint
create or replace function move_together(ops jsonb, project uuid) returns jsonb language plpgsql
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  target text := ops -> 0 ->> 'status'; bottom numeric; results jsonb; head bigint; reached bigint;
  named uuid[] := array(select task_id(op ->> 'id') from jsonb_array_elements(ops) with ordinality o (op, n)
    where op ->> 'op' = 'move' and op ->> 'status' = target and not op ?| '{seq,before,after}' order by n);
begin
  if cardinality(named) < greatest(jsonb_array_length(ops), 2)
    or (select count(*) from tasks t where t.id = any(named) and t.project_id = project and t.deleted_at is null and t.status <> target) < cardinality(named)
    or not exists (select 1 from board_columns c where c.project_id = project and c.key = target and c.wip_limit is null and c.pending is distinct from 'deletion') then
    return null;
  end if;
  bottom := task_rank(project, target, null);
  select event_seq into head from projects where id = project;
  perform set_config('flowtrack.counting', head::text, true);
  with moved as (
    update tasks t set status = target, position = bottom + 1024 * (o.n - 1)
      from (select id, n from unnest(named) with ordinality o (id, n) order by n) o where t.id = o.id returning t as task, o.n)
  select jsonb_agg(jsonb_build_object('op', 'move', 'status', 200, 'task', shown_task(journal_row(task))) order by n) into results from moved;
  reached := current_setting('flowtrack.counting')::bigint;
  update projects set event_seq = reached where id = project;
  perform set_config('flowtrack.counting', '', true);
  if reached > head + cardinality(named) then -- tasks were unblocked or blocked, after the rows were returned: perhaps some of these
    select jsonb_agg(jsonb_build_object('op', 'move', 'status', 200, 'task', shown_task(journal_row(t))) order by o.n) into results
      from unnest(named) with ordinality o (id, n) join tasks t on t.id = o.id;
  end if;
  return results;
end $$;
--> statement-breakpoint
create or replace function end_claims(project uuid, most int) returns timestamptz language plpgsql as $$
declare
  actor text := current_setting('flowtrack.actor', true); request text := current_setting('flowtrack.request_id', true); lease task_claims;
  patience timestamptz := clock_timestamp() + interval '1 second'; is_open boolean;
begin
  select status <> 'archived' into is_open from projects where id = project for no key update;
  if not found then -- it has been deleted, and its tasks are on their way
    delete from task_claims where project_id = project;
    return null;
  end if;
  for lease in select * from task_claims c where is_open and c.project_id = project and c.expires_at <= clock_timestamp() order by c.expires_at desc limit most loop
    perform set_actor(null, 'lease'), end_claim(lease);
    exit when clock_timestamp() > patience;
  end loop;
  if actor <> 'system' then
    perform set_actor(actor::uuid, request);
  end if;
  perform set_config('flowtrack.warning', '', true); -- a limit that a card went past when it was given back
  return (select min(expires_at) from task_claims where project_id = project and (is_open or expires_at > clock_timestamp()));
end $$;
--> statement-breakpoint
create or replace function next_turn(this_job text, moment timestamptz) returns uuid language plpgsql as $$
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
drop function with_text(jsonb, text);
--> statement-breakpoint
create or replace function with_text(data jsonb) returns jsonb language plpgsql stable as $$
begin
  if data ? 'edited_at' then
    return data || jsonb_build_object('body', (select c.body from comments c
      where c.id = (data ->> 'id')::uuid and c.project_id = (data ->> 'project_id')::uuid));
  end if;
  return data;
end $$;
--> statement-breakpoint
create or replace function claim_key(actor uuid, credential uuid, request text, claimed text, print text, secret_hash text default null) returns void language plpgsql as $$
declare kept idempotency_keys; answer jsonb; outer_limit text := current_setting('lock_timeout');
begin
  perform authenticate(actor, credential, request, 'write', secret_hash);
  delete from idempotency_keys where user_id = actor and key = claimed and expires_at <= now();
  perform set_config('lock_timeout', '5s', true);
  insert into idempotency_keys (user_id, key, fingerprint, expires_at)
    values (actor, claimed, print, now() + interval '24 hours') on conflict do nothing;
  if found then
    perform set_config('lock_timeout', outer_limit, true);
    return;
  end if;
  select * into kept from idempotency_keys where user_id = actor and key = claimed;
  if kept.fingerprint <> print then
    perform fail('FT422', 'idempotency_key_reused');
  end if;
  if kept.response ->> 'project' is not null and not has_access((kept.response ->> 'project')::uuid, actor, credential) then
    perform fail('FT404', 'not_found');
  end if;
  answer := kept.response -> 'body';
  if answer ? 'edited_at' then -- a comment, whose task may have gone to another project
    answer := answer || jsonb_build_object('body', coalesce((select c.body from comments c
      where c.id = (answer ->> 'id')::uuid and has_access(c.project_id, actor, credential)), ''));
  end if;
  perform fail('FT200', 'replayed', jsonb_build_object('status', kept.status, 'response', kept.response || jsonb_build_object('body', answer)));
exception when lock_not_available then
  perform fail('FT409', 'idempotency_in_flight');
end $$;
--> statement-breakpoint
create or replace function require_version(actual bigint, expected bigint) returns void language plpgsql as $$
begin
  if actual is null then
    perform fail('FT404', 'not_found');
  elsif actual <> expected then
    perform fail('FT412', 'version_mismatch', jsonb_strip_nulls(jsonb_build_object('expected', nullif(expected, -1), 'actual', actual)));
  end if;
end $$;
