CREATE INDEX "tasks_free" ON "tasks" USING btree ("project_id","status","position","id") WHERE deleted_at is null and archived_at is null and assignee_ids = '{}' and not is_blocked;
--> statement-breakpoint
drop function project_of_ended_claim(uuid);
--> statement-breakpoint
drop function told_claim(task_claims);
--> statement-breakpoint
drop function require_claim(text, uuid);
--> statement-breakpoint
drop function renew_claim(text, uuid, int);
--> statement-breakpoint
drop function complete_claim(text, uuid, text);
--> statement-breakpoint
drop function release_claim(text, uuid);
--> statement-breakpoint
create or replace function end_claim(lease task_claims) returns tasks language plpgsql as $$
declare card tasks;
begin
  delete from task_claims where task_id = lease.task_id;
  select * into card from tasks where id = lease.task_id;
  if card.deleted_at is not null or card.archived_at is not null or card.status <> lease.status or not card.assignee_ids @> array[lease.user_id]
      or exists (select 1 from projects where id = lease.project_id and status = 'archived') then
    return card;
  elsif card.assignee_ids = array[lease.user_id] then
    card := give_back(card, lease.from_status);
  else
    update tasks set assignee_ids = array_remove(assignee_ids, lease.user_id) where id = card.id returning * into card;
  end if;
  return card;
end $$;
--> statement-breakpoint
create or replace function end_claims(project uuid, most int) returns timestamptz language plpgsql as $$
declare
  actor text := current_setting('flowtrack.actor', true); request text := current_setting('flowtrack.request_id', true); lease task_claims;
  patience timestamptz := clock_timestamp() + interval '1 second';
begin
  perform 1 from projects where id = project for no key update;
  if not found then -- it has been deleted, and its tasks are on their way
    delete from task_claims where project_id = project;
    return null;
  end if;
  for lease in select * from task_claims c where c.project_id = project and c.expires_at <= clock_timestamp() order by c.expires_at desc limit most loop
    perform set_actor(null, 'lease'), end_claim(lease);
    exit when clock_timestamp() > patience;
  end loop;
  if actor <> 'system' then
    perform set_actor(actor::uuid, request);
  end if;
  perform set_config('flowtrack.warning', '', true); -- a limit that a card went past when it was given back
  return (select min(expires_at) from task_claims where project_id = project);
end $$;
--> statement-breakpoint
create or replace function end_claims_of(project uuid, person uuid, since bigint, most int) returns void language plpgsql as $$
declare lease task_claims;
begin
  for lease in select c.* from task_claims c where c.project_id = project and c.user_id = person
      and c.task_id in (select assigned_by(project, person, since, most)) loop
    perform end_claim(lease);
  end loop;
end $$;
--> statement-breakpoint
create or replace function claim_json(lease task_claims) returns jsonb language sql stable as $$
  select jsonb_build_object('token', lease.token, 'from', lease.from_status, 'lease_seconds', lease.lease_seconds, 'expires_at', utc_text(lease.expires_at));
$$;
--> statement-breakpoint
create or replace function claim_task(from_key text, to_key text, label uuid, seconds int) returns jsonb language plpgsql as $$
declare
  project uuid := current_setting('flowtrack.project')::uuid; actor uuid := current_setting('flowtrack.actor')::uuid;
  target text := coalesce(to_key, from_key); card tasks; lease task_claims;
begin
  perform end_claims(project, 20);
  perform require_column(project, from_key, 'from'), require_column(project, target, 'to');
  if label is not null and not exists (select 1 from labels l where l.project_id = project and l.id = label) then
    perform fail('FT422', 'label_not_found', '{"path": "label_id"}');
  end if;
  select * into card from tasks t where t.project_id = project and t.status = from_key and t.deleted_at is null and t.archived_at is null
    and t.assignee_ids = '{}'
    and not t.is_blocked and (label is null or t.label_ids @> array[label]) order by t.position, t.id limit 1;
  if not found then
    return null;
  end if;
  update tasks set assignee_ids = array[actor], status = target,
      position = case when status = target then position else rank_beside(project, target, id, null, null, null) end
    where id = card.id returning * into card;
  insert into task_claims (task_id, project_id, user_id, token, status, from_status, lease_seconds, expires_at)
    values (card.id, project, actor, gen_random_uuid(), target, from_key, seconds, clock_timestamp() + seconds * interval '1 second')
    on conflict (task_id) do update set user_id = excluded.user_id, token = excluded.token, status = excluded.status, from_status = excluded.from_status,
      lease_seconds = excluded.lease_seconds, expires_at = excluded.expires_at
    returning * into lease;
  return set_config('flowtrack.answer', (journal_row(card) || jsonb_build_object('claim', claim_json(lease)))::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function require_claim(named text, claim_token uuid) returns task_claims language plpgsql as $$
declare lease task_claims; card_id uuid := task_id(named);
begin
  select c.* into lease from task_claims c join tasks t on t.id = c.task_id
    where c.task_id = card_id and c.token = claim_token and c.user_id = current_setting('flowtrack.actor')::uuid and c.expires_at > clock_timestamp()
      and t.status = c.status and t.assignee_ids @> array[c.user_id] and t.deleted_at is null and t.archived_at is null;
  if not found then
    perform fail('FT409', 'lease_lost');
  end if;
  return lease;
end $$;
--> statement-breakpoint
create or replace function renew_claim(named text, claim_token uuid, seconds int) returns jsonb language plpgsql as $$
declare lease task_claims := require_claim(named, claim_token);
begin
  update task_claims set lease_seconds = coalesce(seconds, lease_seconds),
      expires_at = clock_timestamp() + coalesce(seconds, lease_seconds) * interval '1 second'
    where task_id = lease.task_id returning * into lease;
  return set_config('flowtrack.answer', claim_json(lease)::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function complete_claim(named text, claim_token uuid, column_key text) returns jsonb language plpgsql as $$
declare lease task_claims := require_claim(named, claim_token); card tasks;
begin
  delete from task_claims where task_id = lease.task_id;
  perform require_column(lease.project_id, column_key, 'status');
  card := place_task(lease.task_id, lease.project_id, column_key, null, null);
  return set_config('flowtrack.answer', journal_row(card)::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function release_claim(named text, claim_token uuid) returns jsonb language plpgsql as $$
declare lease task_claims := require_claim(named, claim_token); card tasks;
begin
  card := end_claim(lease);
  return set_config('flowtrack.answer', journal_row(card)::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function unassign(project uuid, person uuid, since bigint, most int) returns boolean language plpgsql as $$
declare taken int; more int;
begin
  perform end_claims_of(project, person, since, most);
  perform set_config('flowtrack.draining', 'on', true);
  update tasks set assignee_ids = array_remove(assignee_ids, person) where id in (select assigned_by(project, person, since, most));
  get diagnostics taken = row_count;
  update checklist_items set assignee_id = null where id in (select items_assigned_by(project, person, since, most - taken));
  get diagnostics more = row_count;
  perform set_config('flowtrack.draining', 'off', true);
  return taken + more = most;
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
      wanted := exists (select 1 from task_claims c where c.project_id = candidate and c.expires_at <= moment);
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
