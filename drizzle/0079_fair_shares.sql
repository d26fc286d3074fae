-- Shares of an inbox by account; links to deleted projects can be removed; no lease outlives the account.
create or replace function keep_account_active() returns void language plpgsql as $$
begin
  perform 1 from users where id = current_setting('flowtrack.actor')::uuid and is_active for share;
  if not found then
    raise exception using errcode = 'serialization_failure', message = 'the account was disabled meanwhile';
  end if;
end $$;

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

create or replace function renew_claim(named text, claim_token uuid, seconds int) returns jsonb language plpgsql as $$
declare claim task_claims := require_claim(named, claim_token);
begin
  perform keep_account_active();
  update task_claims set lease_seconds = coalesce(seconds, lease_seconds),
      expires_at = clock_timestamp() + coalesce(seconds, lease_seconds) * interval '1 second'
    where task_id = claim.task_id returning * into claim;
  return set_config('flowtrack.answer', claim_json(claim)::text, true)::jsonb;
end $$;

create or replace function unlink_tasks(link uuid) returns uuid language plpgsql as $$
declare
  mine task_links; there uuid; far boolean;
  actor uuid := current_setting('flowtrack.actor')::uuid; request text := current_setting('flowtrack.request_id');
begin
  select * into mine from task_links where id = link;
  if mine.id is null then
    perform fail('FT404', 'not_found');
  end if;
  there := nullif((select project_id from tasks where id = coalesce(mine.other_task_id, mine.foreign_task_id)), mine.project_id);
  delete from task_links where id = link;
  far := there is not null and not is_contributor(there);
  if far then -- its lock is not taken in order, and who is busy there does not hold up this project for long
    perform set_config('lock_timeout', '1500ms', true); -- longer than deadlock_timeout: a deadlock is tried again
  end if;
  if there is not null then
    perform 1 from projects where id = there for no key update;
    if not found then -- it was deleted, and the other side is deleted with its tasks
      return null;
    end if;
    far := not is_contributor(there);
  end if;
  if far then
    perform set_actor(null);
  end if;
  delete from task_links l where l.task_id = coalesce(mine.other_task_id, mine.foreign_task_id)
    and l.kind = inverse_link(mine.kind) and coalesce(l.other_task_id, l.foreign_task_id) = mine.task_id;
  if far then
    perform set_actor(actor, request);
  end if;
  return there;
end $$;

create or replace function read_notifications(person uuid, only_id uuid default null, until bigint default null) returns void language plpgsql as $$
declare found_unread uuid[]; base bigint;
begin
  perform 1 from inboxes where user_id = person for no key update; -- what follows reads what is current
  select array_agg(id order by id) into found_unread from notifications
    where user_id = person and read_at is null and id = coalesce(only_id, id) and seq <= coalesce(until, seq)
      and exists (select 1 from project_members m where m.project_id = notifications.project_id and m.user_id = person)
      and (task_id is null or exists (select 1 from tasks t where t.id = task_id and t.project_id = notifications.project_id and t.deleted_at is null));
  if found_unread is not null then
    base := inbox_take(person, cardinality(found_unread));
    update notifications n set read_at = clock_timestamp(), seq = base + place
      from unnest(found_unread) with ordinality as f(id, place) where n.id = f.id;
  end if;
end $$;

create or replace function forget_surplus_notifications(since uuid, kept int, visits int, max_rows int) returns uuid language plpgsql as $$
declare
  person inboxes; looked int := 0; examined int := 0; room int := max_rows; gone int;
  deadline timestamptz := clock_timestamp() + interval '1 second';
begin
  for person in select * from inboxes where user_id > since order by user_id limit visits loop
    looked := looked + 1;
    continue when person.seq <= kept;
    examined := examined + 1;
    if exists (select from notifications n where n.user_id = person.user_id order by n.id desc offset kept) then
      perform from inboxes where user_id = person.user_id for no key update skip locked;
      if found then
        delete from notifications where id in (
          select n.id from (
            select shared.id from (
              select each.id, row_number() over (partition by p.charged_to order by each.place, each.id desc) as place from (
                select n.id, n.project_id, row_number() over (partition by n.project_id order by n.id desc) as place
                from notifications n where n.user_id = person.user_id) each
              left join projects p on p.id = each.project_id) shared
            order by shared.place, shared.id desc offset kept) surplus
          join notifications n on n.id = surplus.id where not still_reminds(n) limit room);
        get diagnostics gone = row_count;
        room := room - gone;
      end if;
    end if;
    if room <= 0 or examined = 20 or clock_timestamp() > deadline then
      return person.user_id;
    end if;
  end loop;
  return case when looked = visits then person.user_id end;
end $$;

create or replace function require_room_for_link(project uuid, person uuid, default_quota int, max_own int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'links', default_quota);
begin
  perform 1 from projects where id = project for no key update;
  perform 1 from users where id = person for no key update;
  delete from report_links where id in (
    select l.id from report_links l where l.user_id = person and (l.revoked_at is not null or l.expires_at <= now()) order by l.id desc offset max_own);
  if (select count(*) from report_links l where l.user_id = person and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= max_own then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', max_own, 'say',
      format('You can have at most %s report and calendar links: withdraw one with DELETE /reports/links/{id}, or wait until one expires', max_own)));
  elsif (select count(*) from report_links l where l.project_id = project and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= allowed then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s report and calendar links: let a manager withdraw some with DELETE /reports/links/{id}, or ask an administrator for more', allowed)));
  end if;
end $$;
