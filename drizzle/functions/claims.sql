-- A column as a queue: a worker takes its first free card, until a lease ends. The journal has what happened to the
-- card, but not the lease, which says nothing about the past. All of this happens under the project's lock.

-- Moves a task back to its place in a column (null: to the top), unassigned, for the next worker. If another card has
-- the place, it goes right before that one. If the column was renumbered meanwhile, the place is roughly the same one.
-- If the column is gone or full, the task stays where it is, unassigned.
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

-- Ends a claim whose lease has expired, or that was released, and returns its task. A task that is assigned to others,
-- too, stays theirs. One that people have meanwhile moved, archived, deleted or taken off the holder stays as they
-- left it, and so do all tasks of an archived project.
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

-- AFTER UPDATE of a task that is assigned, when people move, archive, delete or reassign it: a claim that this has
-- ended does not come back when it is undone.
create or replace function end_lost_claim() returns trigger language plpgsql as $$
begin
  delete from task_claims c where c.task_id = new.id
    and (c.status <> new.status or not new.assignee_ids @> array[c.user_id] or new.deleted_at is not null or new.archived_at is not null);
  return null;
end $$;

-- Ends claims of a project whose lease has expired, as the system: at most `max_rows`, and for about a second. The
-- first card of a queue goes back first, so that each goes beside those before it if others have their places. Among
-- claims without a place, the one that expired first is ended last, as their cards go to the top. Those of an archived
-- project wait until it is open again. Returns when the next lease ends, null when there is none.
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

-- Ends the claims of a person who has just left a project, on the tasks that `unassign` takes from them: `max_rows` at
-- once.
create or replace function end_claims_of(project uuid, person uuid, since bigint, max_rows int) returns void language plpgsql as $$
declare claim task_claims;
begin
  for claim in select c.* from task_claims c where c.project_id = project and c.user_id = person
      and c.task_id in (select tasks_assigned_to(project, person, since, max_rows)) order by c.from_position, c.expires_at desc loop
    perform end_claim(claim);
  end loop;
end $$;

-- Ends the leases of a person who may no longer act, in one project or (null) in all: the next claim there, or the job,
-- gives back the cards. It does not wait for a lease that is just being ended.
create or replace function expire_claims(person uuid, project uuid default null) returns void language sql as $$
  update task_claims set expires_at = clock_timestamp() where task_id in (
    select c.task_id from task_claims c where c.user_id = person and c.project_id = coalesce(project, c.project_id)
      and c.expires_at > clock_timestamp() for no key update skip locked);
$$;

-- Locks the actor's account before a lease begins or is renewed, so that disabling it waits for this transaction, and
-- then ends this lease, too. If it was disabled meanwhile, the transaction is tried again, and `authenticate` refuses
-- it.
create or replace function keep_account_active() returns void language plpgsql as $$
begin
  perform 1 from users where id = current_setting('flowtrack.actor')::uuid and is_active for share;
  if not found then
    raise exception using errcode = 'serialization_failure', message = 'the account was disabled meanwhile';
  end if;
end $$;

-- A claim as the API returns it.
create or replace function claim_json(claim task_claims) returns jsonb language sql stable as $$
  select jsonb_build_object('token', claim.token, 'from', claim.from_status, 'lease_seconds', claim.lease_seconds, 'expires_at', utc_text(claim.expires_at));
$$;

-- Gives the actor the first card of a column that is unassigned and not blocked: assigns it, moves it, and starts a
-- lease of `seconds`. Null when there is no such card. The setting flowtrack.answer keeps the answer for the statement
-- that stores it under an Idempotency-Key. `ends_first`: no other lease of the project ends before this one.
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
  perform keep_account_active();
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

-- FT422 unless a project has a column with this key, and it is not being deleted.
create or replace function require_column(project uuid, column_key text, path text) returns void language plpgsql as $$
begin
  if not exists (select 1 from board_columns c where c.project_id = project and c.key = column_key and c.pending is distinct from 'deletion') then
    perform fail('FT422', 'column_not_found', jsonb_build_object('path', path));
  end if;
end $$;

-- The claim that the actor holds on a task. FT409 `lease_lost` when its lease has expired, another worker has the
-- card, or the card was moved, archived, deleted or reassigned meanwhile.
create or replace function require_claim(named text, claim_token uuid) returns task_claims language plpgsql as $$
declare claim task_claims; card_id uuid := task_id(named);
begin
  select c.* into claim from task_claims c join tasks t on t.id = c.task_id
    where c.task_id = card_id and c.token = claim_token and c.user_id = current_setting('flowtrack.actor')::uuid and c.expires_at > clock_timestamp()
      and t.status = c.status and t.assignee_ids @> array[c.user_id] and t.deleted_at is null and t.archived_at is null;
  if not found then
    perform fail('FT409', 'lease_lost');
  end if;
  return claim;
end $$;

-- Lets the actor's lease end `seconds` from now, or as many as it had before if null, and returns the claim. FT409 as
-- `require_claim`.
create or replace function renew_claim(named text, claim_token uuid, seconds int) returns jsonb language plpgsql as $$
declare claim task_claims := require_claim(named, claim_token);
begin
  perform keep_account_active();
  update task_claims set lease_seconds = coalesce(seconds, lease_seconds),
      expires_at = clock_timestamp() + coalesce(seconds, lease_seconds) * interval '1 second'
    where task_id = claim.task_id returning * into claim;
  return set_config('flowtrack.answer', claim_json(claim)::text, true)::jsonb;
end $$;

-- Ends the actor's claim because the work is done: the card goes to the bottom of the given column, and stays assigned
-- to the worker. FT409 as `require_claim`, FT422 as `require_column`.
create or replace function complete_claim(named text, claim_token uuid, column_key text) returns jsonb language plpgsql as $$
declare claim task_claims := require_claim(named, claim_token); card tasks;
begin
  delete from task_claims where task_id = claim.task_id;
  perform require_column(claim.project_id, column_key, 'status');
  card := place_task(claim.task_id, claim.project_id, column_key, null, null);
  return set_config('flowtrack.answer', journal_row(card)::text, true)::jsonb;
end $$;

-- Ends the actor's claim because the work is not done: `end_claim` gives the card back. FT409 as `require_claim`.
create or replace function release_claim(named text, claim_token uuid) returns jsonb language plpgsql as $$
declare claim task_claims := require_claim(named, claim_token); card tasks;
begin
  card := end_claim(claim);
  return set_config('flowtrack.answer', journal_row(card)::text, true)::jsonb;
end $$;
