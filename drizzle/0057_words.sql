-- Texts that say what to do next.
create or replace function require_new_key(person uuid, projects uuid[], allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from api_keys where user_id = person and revoked_at is null and (expires_at > now()) is not false) >= allowed then
    perform fail('FT409', 'too_many_keys', jsonb_build_object('limit', allowed, 'say',
      format('You may have %s API keys: revoke one that is no longer used', allowed)));
  elsif exists (select 1 from unnest(projects) wanted where not acts_as_admin()
      and not exists (select 1 from project_members m where m.project_id = wanted and m.user_id = person)) then
    perform fail('FT422', 'validation_failed', '{"path": "project_ids", "message": "names a project that you are no member of: join it first, or leave it out"}');
  end if;
  delete from api_keys where id in (
    select k.id from api_keys k where k.user_id = person and (k.revoked_at is not null or k.expires_at <= now()) order by k.id desc offset allowed);
end $$;
--> statement-breakpoint
create or replace function require_own_projects(projects uuid[]) returns void language plpgsql as $$
begin
  if exists (select 1 from unnest(projects) wanted where not exists (
      select 1 from project_members m where m.project_id = wanted and m.user_id = current_setting('flowtrack.actor')::uuid)) then
    perform fail('FT422', 'validation_failed', '{"path": "muted_project_ids", "message": "names a project that you are no member of: leave it out"}');
  end if;
end $$;
--> statement-breakpoint
create or replace function require_room_for_project(person uuid, allowed int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  if (select count(*) from projects where charged_to = person) >= allowed then
    perform fail('FT409', 'too_many_projects', jsonb_build_object('limit', allowed, 'say',
      format('You have made or imported %s projects, as many as you may: delete one first', allowed)));
  end if;
end $$;
--> statement-breakpoint
create or replace function require_view(view uuid, shares boolean default null) returns void language plpgsql as $$
declare v views; me uuid := current_setting('flowtrack.actor')::uuid;
begin
  select * into v from views where id = view;
  if v.id is null or not (v.shared or v.created_by = me) then
    perform fail('FT404', 'not_found');
  end if;
  perform check_role(v.project_id, me, case when v.created_by <> me then 'manager' when v.shared or shares then 'contributor' else 'viewer' end,
    current_setting('flowtrack.role'));
  if v.created_by <> me and not shares then
    perform fail('FT403', 'forbidden', '{"say": "Only the person who made a view can make it private. You can delete it instead"}');
  end if;
end $$;
--> statement-breakpoint
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
