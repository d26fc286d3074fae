create or replace function notify_people(event activity_logs, kind text, people uuid[], facts jsonb, about uuid default null) returns void language plpgsql as $$
declare told text;
begin
  people := array_remove(people, event.user_id);
  if people = '{}' then
    return;
  end if;
  with fresh as (
    insert into notifications (id, user_id, kind, project_id, task_id, actor_id, event_seq, dedupe_key, data)
    select uuid_v7(), u.id, kind, event.project_id, event.task_id, event.user_id, event.seq,
           kind || ':' || coalesce(about::text, event.project_id || ':' || event.seq),
           facts || jsonb_build_object('project_key', p.key, 'project_name', p.name)
    from users u
    join project_members m on m.user_id = u.id and m.project_id = event.project_id
    join projects p on p.id = event.project_id
    where u.id = any(people) and u.is_active and not is_muted(u.id, kind, event.project_id)
    on conflict do nothing returning user_id)
  select string_agg(user_id::text, ',') into told from fresh;
  perform note_notified(told);
end $$;
--> statement-breakpoint
create or replace function claim_task(from_key text, to_key text, label uuid, seconds int) returns jsonb language plpgsql as $$
declare
  project uuid := current_setting('flowtrack.project')::uuid; actor uuid := current_setting('flowtrack.actor')::uuid;
  target text := coalesce(to_key, from_key); card tasks; lease task_claims;
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
  update tasks set assignee_ids = array[actor], status = target,
      position = case when status = target then position else rank_beside(project, target, id, null, null, null) end
    where id = card.id returning * into card;
  insert into task_claims (task_id, project_id, user_id, token, status, from_status, lease_seconds, expires_at)
    values (card.id, project, actor, gen_random_uuid(), target, from_key, seconds, clock_timestamp() + seconds * interval '1 second')
    on conflict (task_id) do update set user_id = excluded.user_id, token = excluded.token, status = excluded.status, from_status = excluded.from_status,
      lease_seconds = excluded.lease_seconds, expires_at = excluded.expires_at
    returning * into lease;
  return jsonb_build_object(
    'task', set_config('flowtrack.answer', (journal_row(card) || jsonb_build_object('claim', claim_json(lease)))::text, true)::jsonb,
    'ends_first', not exists (select 1 from task_claims c where c.project_id = project and c.expires_at < lease.expires_at));
end $$;
