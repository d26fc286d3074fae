-- Webhooks send the journal to receivers outside. A sender (src/features/webhooks/sender.ts) reads the events after
-- `delivered_seq`, and notes here how its deliveries went. Locks are taken in the order project, webhook, state.

-- The ids of a project's active webhooks, as a JSON array; null when there are none.
create or replace function webhooks_of(project uuid) returns jsonb language plpgsql as $$
begin
  return (select jsonb_agg(w.id) from webhooks w where w.project_id = project and w.status = 'active');
end $$;

-- The active webhooks of a project that have events to send, and do not wait for a retry at `moment`.
create or replace function late_webhooks(project uuid, moment timestamptz) returns setof uuid language sql stable as $$
  select w.id from webhooks w join webhook_states s on s.webhook_id = w.id join projects p on p.id = w.project_id
  where w.project_id = project and w.status = 'active' and s.delivered_seq < p.event_seq and coalesce(s.next_attempt_at, moment) <= moment;
$$;

-- Notes attempts (`tried`), and the seq up to which all is acknowledged or skipped (`reached`); with `failure`, that
-- the next attempt waits `wait_ms`. It ignores the notes of a round that is over, and of a sender that another one has
-- overtaken.
create or replace function note_deliveries(hook uuid, of_round int, reached bigint, tried jsonb, failure text, wait_ms bigint) returns void language plpgsql as $$
begin
  perform 1 from webhooks where id = hook for key share;
  update webhook_states s set
      failing_since = case when failure is not null then coalesce(case when s.delivered_seq = reached then s.failing_since end, clock_timestamp()) end,
      attempts = case when failure is null then 0 when s.delivered_seq = reached then s.attempts + 1 else 1 end,
      next_attempt_at = case when failure is not null then clock_timestamp() + wait_ms * interval '1 millisecond' end,
      delivered_seq = reached, last_error = failure
    where s.webhook_id = hook and s.round = of_round and s.delivered_seq <= reached;
  if found then
    insert into webhook_deliveries (id, webhook_id, event_seq, sent_at, status, ms, error, response)
      select t.id, hook, t.event_seq, t.sent_at, t.status, t.ms, t.error, t.response
      from jsonb_to_recordset(tried) as t (id uuid, event_seq bigint, sent_at timestamptz, status int, ms int, error text, response text);
    delete from webhook_deliveries where id in (
      select d.id from webhook_deliveries d where d.webhook_id = hook order by d.id desc offset 100);
  end if;
end $$;

-- Pauses an active webhook as the system, or deletes it when the receiver is `gone`, and notifies the project's
-- managers. It does nothing when the round is over.
create or replace function end_webhook(hook uuid, of_round int, gone boolean) returns void language plpgsql as $$
declare w webhooks; event activity_logs;
begin
  perform 1 from projects where id = (select project_id from webhooks where id = hook) for no key update;
  select h.* into w from webhooks h join webhook_states s on s.webhook_id = h.id where h.id = hook and h.status = 'active' and s.round = of_round;
  if not found then
    return;
  end if;
  perform set_actor(null, 'webhook');
  if gone then
    delete from webhooks where id = hook;
  else
    update webhooks set status = 'paused' where id = hook;
  end if;
  select * into event from activity_logs where project_id = w.project_id and entity_id = hook order by seq desc limit 1;
  perform notify_people(event, case when gone then 'webhook_removed' else 'webhook_paused' end,
    array(select user_id from project_members where project_id = w.project_id and role = 'manager'),
    jsonb_build_object('webhook_id', hook, 'description', w.description, 'host', substring(w.url from '^https?://([^/?#]+)')));
end $$;

-- Continues a webhook after the seq `since`: an earlier one sends events again, a later one leaves some out; FT422
-- beyond the head of the project.
create or replace function send_webhook_from(hook uuid, since bigint) returns void language plpgsql as $$
begin
  if since > (select p.event_seq from projects p join webhooks w on w.project_id = p.id where w.id = hook) then
    perform fail('FT422', 'validation_failed', '{"path": "since_seq", "message": "must not be beyond the seq of the project"}');
  end if;
  update webhook_states set delivered_seq = since, round = round + 1, failing_since = null, attempts = 0, next_attempt_at = null, last_error = null
    where webhook_id = hook;
end $$;
