CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"webhook_id" uuid NOT NULL,
	"event_seq" bigint NOT NULL,
	"sent_at" timestamp(3) with time zone NOT NULL,
	"status" integer,
	"ms" integer NOT NULL,
	"error" text,
	"response" text
);
--> statement-breakpoint
CREATE TABLE "webhook_states" (
	"webhook_id" uuid PRIMARY KEY NOT NULL,
	"secret" text NOT NULL,
	"previous_secret" text,
	"previous_until" timestamp(3) with time zone,
	"delivered_seq" bigint NOT NULL,
	"round" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp(3) with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp(3) with time zone,
	"last_error" text
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"url" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"actions" text[],
	"status" text DEFAULT 'active' NOT NULL,
	"rotated_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "webhooks_status" CHECK (status in ('active', 'paused'))
);
--> statement-breakpoint
ALTER TABLE "notification_preferences" DROP CONSTRAINT "notification_preferences_kinds";--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_kind";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_states" ADD CONSTRAINT "webhook_states_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_webhook" ON "webhook_deliveries" USING btree ("webhook_id","id");--> statement-breakpoint
CREATE INDEX "webhooks_project" ON "webhooks" USING btree ("project_id","id");--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_kinds" CHECK (muted_kinds <@ '{assigned,unassigned,moved,project_invited,role_changed,due_soon,overdue,mentioned,commented,webhook_paused,webhook_removed}');--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_kind" CHECK (kind in ('assigned', 'unassigned', 'moved', 'project_invited', 'role_changed', 'due_soon', 'overdue', 'mentioned', 'commented', 'webhook_paused', 'webhook_removed'));--> statement-breakpoint
create or replace function webhooks_of(project uuid) returns jsonb language plpgsql as $$
begin
  return (select jsonb_agg(w.id) from webhooks w where w.project_id = project and w.status = 'active');
end $$;
--> statement-breakpoint
create or replace function late_webhooks(project uuid, moment timestamptz) returns setof uuid language sql stable as $$
  select w.id from webhooks w join webhook_states s on s.webhook_id = w.id join projects p on p.id = w.project_id
  where w.project_id = project and w.status = 'active' and s.delivered_seq < p.event_seq and coalesce(s.next_attempt_at, moment) <= moment;
$$;
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
create or replace function send_webhook_from(hook uuid, since bigint) returns void language plpgsql as $$
begin
  if since > (select p.event_seq from projects p join webhooks w on w.project_id = p.id where w.id = hook) then
    perform fail('FT422', 'validation_failed', '{"path": "since_seq", "message": "must not be beyond the seq of the project"}');
  end if;
  update webhook_states set delivered_seq = since, round = round + 1, failing_since = null, attempts = 0, next_attempt_at = null, last_error = null
    where webhook_id = hook;
end $$;
--> statement-breakpoint
create or replace function check_room(project uuid, what text, usual int) returns void language plpgsql as $$
declare allowed int := project_quota(project, what, usual);
begin
  if what = 'columns' and (select count(*) from board_columns where project_id = project) > allowed then
    perform fail('FT409', 'too_many_columns', jsonb_build_object('limit', allowed, 'say',
      format('This board may have %s columns: delete one first, or ask an administrator for more', allowed)));
  elsif what = 'labels' and (select count(*) from labels where project_id = project) > allowed then
    perform fail('FT409', 'too_many_labels', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s labels: delete one first, or ask an administrator for more', allowed)));
  elsif what = 'members' and (select count(*) from project_members where project_id = project) > allowed then
    perform fail('FT409', 'too_many_members', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s members: remove one first, or ask an administrator for more', allowed)));
  elsif what = 'webhooks' and (select count(*) from webhooks where project_id = project) > allowed then
    perform fail('FT409', 'too_many_webhooks', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s webhooks: delete one first', allowed)));
  end if;
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
create or replace function write_outcome(made uuid, most int) returns jsonb language plpgsql as $$
declare
  project uuid := coalesce(made, current_setting('flowtrack.project')::uuid);
  last bigint := coalesce(nullif(current_setting('flowtrack.since', true), '')::bigint, 0);
  head bigint; epoch uuid; event activity_logs; events jsonb[] := '{}'; told jsonb; bytes int := 0;
begin
  if clock_timestamp() > statement_timestamp() + interval '8 seconds' then
    raise exception using errcode = 'query_canceled', message = 'the write took longer than 8 s';
  end if;
  select p.event_seq, p.stream_epoch into head, epoch from projects p where p.id = project;
  -- One by one, as no number is missing: a range would be planned anew each time. When the project has gone, so far as there are any.
  while last is distinct from head and cardinality(events) < most loop
    select * into event from activity_logs a where a.project_id = project and a.seq = last + 1;
    exit when not found;
    told := event_row(event);
    bytes := bytes + pg_column_size(told);
    exit when bytes > 1048576 and events <> '{}';
    last := event.seq;
    events := array_append(events, told);
  end loop;
  return jsonb_build_object(
    'head', coalesce(head, nullif(last, 0)), 'epoch', epoch,
    'warning', nullif(current_setting('flowtrack.warning', true), '')::jsonb,
    'left', string_to_array(nullif(current_setting('flowtrack.left', true), ''), ','),
    'notified', coalesce(to_jsonb(string_to_array(nullif(current_setting('flowtrack.notified', true), ''), ',')), '[]'),
    'events', case when events <> '{}' then to_jsonb(events) end,
    'webhooks', case when events <> '{}' then webhooks_of(project) end);
end $$;
--> statement-breakpoint
create or replace function journal_row(r jsonb) returns jsonb language sql immutable as $$
  select (r - '{event_seq,stream_epoch,task_counter,task_count,comment_total,item_total,charged_to,quotas,foreign_task_id,body,url}'::text[]) || coalesce((
    select jsonb_object_agg(key, case
      when key = 'position' then to_jsonb(value #>> '{}')
      else to_jsonb(to_char((value #>> '{}')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    end)
    from jsonb_each(r)
    where (key = 'position' or key like '%\_at') and value <> 'null'), '{}');
$$;
--> statement-breakpoint
create or replace function journal_row(r webhooks) returns jsonb language sql stable as $$
  select to_jsonb(r) - 'url'
    || jsonb_build_object('rotated_at', utc_text(r.rotated_at), 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;
--> statement-breakpoint
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON webhooks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON webhooks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('webhook', 'created', 'deleted');
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON webhooks FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
