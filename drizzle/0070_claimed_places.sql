-- A card whose claim ends goes back to its place in the queue.
ALTER TABLE "task_claims" ADD COLUMN "from_position" numeric;
--> statement-breakpoint
drop function give_back(tasks, text);
--> statement-breakpoint
create or replace function give_back(card tasks, column_key text, place numeric) returns tasks language plpgsql as $$
declare next_card tasks; given tasks;
begin
  select * into next_card from tasks t where t.project_id = card.project_id and t.status = column_key and t.deleted_at is null
    and t.position >= coalesce(place, 0) order by t.position, t.id limit 1;
  begin
    update tasks set assignee_ids = '{}', status = column_key, position = case
        when status = column_key then position -- it never left
        when next_card.position > place or next_card.id is null and place is not null then place
        else rank_beside(project_id, column_key, id, null, next_card.id, null) end
      where id = card.id returning * into given;
  exception when sqlstate 'FT409' or sqlstate 'FT422' then
    update tasks set assignee_ids = '{}' where id = card.id returning * into given;
  end;
  return given;
end $$;
--> statement-breakpoint
create or replace function end_claim(claim task_claims) returns tasks language plpgsql as $$
declare card tasks;
begin
  delete from task_claims where task_id = claim.task_id;
  select * into card from tasks where id = claim.task_id;
  if card.deleted_at is not null or card.archived_at is not null or card.status <> claim.status or not card.assignee_ids @> array[claim.user_id]
      or exists (select 1 from projects where id = claim.project_id and status = 'archived') then
    return card;
  elsif card.assignee_ids = array[claim.user_id] then
    card := give_back(card, claim.from_status, claim.from_position);
  else
    update tasks set assignee_ids = array_remove(assignee_ids, claim.user_id) where id = card.id returning * into card;
  end if;
  return card;
end $$;
--> statement-breakpoint
create or replace function end_claims(project uuid, max_rows int) returns timestamptz language plpgsql as $$
declare
  actor text := current_setting('flowtrack.actor', true); request text := current_setting('flowtrack.request_id', true); claim task_claims;
  deadline timestamptz := clock_timestamp() + interval '1 second'; is_open boolean;
begin
  select status <> 'archived' into is_open from projects where id = project for no key update;
  if not found then -- it has been deleted, and its tasks are on their way
    delete from task_claims where project_id = project;
    return null;
  end if;
  for claim in select * from task_claims c where is_open and c.project_id = project and c.expires_at <= clock_timestamp()
      order by c.from_position, c.expires_at desc limit max_rows loop
    perform set_actor(null, 'lease'), end_claim(claim);
    exit when clock_timestamp() > deadline;
  end loop;
  if actor <> 'system' then
    perform set_actor(actor::uuid, request);
  end if;
  perform set_config('flowtrack.warning', '', true); -- a limit that a card went past when it was given back
  return (select min(expires_at) from task_claims where project_id = project and (is_open or expires_at > clock_timestamp()));
end $$;
--> statement-breakpoint
create or replace function end_claims_of(project uuid, person uuid, since bigint, max_rows int) returns void language plpgsql as $$
declare claim task_claims;
begin
  for claim in select c.* from task_claims c where c.project_id = project and c.user_id = person
      and c.task_id in (select tasks_assigned_to(project, person, since, max_rows)) order by c.from_position, c.expires_at desc loop
    perform end_claim(claim);
  end loop;
end $$;
--> statement-breakpoint
create or replace function claim_task(from_key text, to_key text, label uuid, seconds int) returns jsonb language plpgsql as $$
declare
  project uuid := current_setting('flowtrack.project')::uuid; actor uuid := current_setting('flowtrack.actor')::uuid;
  target text := coalesce(to_key, from_key); card tasks; place numeric; claim task_claims;
begin
  if exists (select 1 from task_claims c where c.project_id = project and c.expires_at <= clock_timestamp()) then
    perform end_claims(project, 20);
  end if;
  perform require_column(project, from_key, 'from'), require_column(project, target, 'to');
  if label is null then -- two statements, so that neither is planned anew each time
    select * into card from tasks t where t.project_id = project and t.status = from_key and t.deleted_at is null and t.archived_at is null
      and t.assignee_ids = '{}' and not t.is_blocked order by t.position, t.id limit 1;
  elsif not exists (select 1 from labels l where l.project_id = project and l.id = label) then
    perform fail('FT422', 'label_not_found', '{"path": "label_id"}');
  else
    select * into card from tasks t where t.project_id = project and t.status = from_key and t.deleted_at is null and t.archived_at is null
      and t.assignee_ids = '{}' and not t.is_blocked and t.label_ids @> array[label] order by t.position, t.id limit 1;
  end if;
  if card.id is null then
    return null;
  end if;
  place := card.position;
  update tasks set assignee_ids = array[actor], status = target,
      position = case when status = target then position else rank_beside(project, target, id, null, null, null) end
    where id = card.id returning * into card;
  insert into task_claims (task_id, project_id, user_id, token, status, from_status, from_position, lease_seconds, expires_at)
    values (card.id, project, actor, gen_random_uuid(), target, from_key, place, seconds, clock_timestamp() + seconds * interval '1 second')
    on conflict (task_id) do update set user_id = excluded.user_id, token = excluded.token, status = excluded.status, from_status = excluded.from_status,
      from_position = excluded.from_position, lease_seconds = excluded.lease_seconds, expires_at = excluded.expires_at
    returning * into claim;
  return jsonb_build_object(
    'task', set_config('flowtrack.answer', (journal_row(card) || jsonb_build_object('claim', claim_json(claim)))::text, true)::jsonb,
    'ends_first', not exists (select 1 from task_claims c where c.project_id = project and c.expires_at < claim.expires_at));
end $$;
