CREATE INDEX "activity_logs_flow" ON "activity_logs" USING btree ("project_id","task_id","seq") WHERE action in ('task.created', 'task.purged') or changes ?| '{status,deleted_at,estimate}';--> statement-breakpoint
CREATE INDEX "activity_logs_purged" ON "activity_logs" USING btree ("project_id","task_id") WHERE action = 'task.purged';--> statement-breakpoint
CREATE INDEX "activity_logs_time" ON "activity_logs" USING btree ("project_id","created_at","user_id","action");--> statement-breakpoint
-- The days that a report is about, in the reader's time zone: by default the last 90. FT422 for what
-- makes no sense. Postgres decides, as it alone knows the reader's zone in the same trip.
create function report_period(project uuid, me uuid, zone text, since date, until date, step text, board_column text, at timestamptz,
  out tz text, out first date, out last date, out today date) language plpgsql stable as $$
begin
  tz := coalesce(zone, (select timezone from users where id = me), 'UTC');
  begin
    today := (at at time zone tz)::date;
  exception when invalid_parameter_value then
    perform fail('FT422', 'validation_failed', '{"path": "tz", "message": "is no time zone that the database knows"}');
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
