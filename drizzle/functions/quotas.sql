-- Quotas (docs/quotas.md). Each call brings the number that the deployment's settings allow; an administrator may
-- have set another one for a project. Rows are counted under the lock of the project or the account in which they are
-- made, so that two concurrent requests cannot both take the last place.

-- How much of `what` (a key of `quotas`) a project may have: what an administrator has set, else `default_quota`.
create or replace function project_quota(project uuid, what text, default_quota int) returns int language sql stable as $$
  select coalesce((quotas ->> what)::int, default_quota) from projects where id = project;
$$;

-- FT409 unless a project has room for one more task. Returns an empty text, which `create_task` stores as `number`
-- until the trigger journal_stamp sets the real one; a transfer ignores it.
create or replace function require_room_for_task(project uuid, default_quota int) returns text language plpgsql as $$
declare held int; allowed int;
begin
  select task_count, coalesce((quotas ->> 'tasks')::int, default_quota) into held, allowed from projects where id = project;
  if held >= allowed then
    perform fail('FT409', 'too_many_tasks', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s tasks, including those in the trash: delete some and wait until the trash is emptied, begin another project, or ask an administrator for more', allowed)));
  end if;
  return '';
end $$;

-- FT409 when the row that was just inserted is one too many. Called after the insert, whose own refusals say more.
create or replace function check_room(project uuid, what text, default_quota int) returns void language plpgsql as $$
declare allowed int := project_quota(project, what, default_quota);
begin
  if what = 'columns' and (select count(*) from board_columns where project_id = project) > allowed then
    perform fail('FT409', 'too_many_columns', jsonb_build_object('limit', allowed, 'say',
      format('This board can have at most %s columns: delete one first, or ask an administrator for more', allowed)));
  elsif what = 'labels' and (select count(*) from labels where project_id = project) > allowed then
    perform fail('FT409', 'too_many_labels', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s labels: delete one first, or ask an administrator for more', allowed)));
  elsif what = 'members' and (select count(*) from project_members where project_id = project) > allowed then
    perform fail('FT409', 'too_many_members', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s members: remove one first, or ask an administrator for more', allowed)));
  elsif what = 'webhooks' and (select count(*) from webhooks where project_id = project) > allowed then
    perform fail('FT409', 'too_many_webhooks', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s webhooks: delete one first', allowed)));
  end if;
end $$;

-- Before a project is made or imported: FT409 when the person has as many as allowed. It locks the row of the person,
-- so that two requests cannot both take the last place.
create or replace function require_room_for_project(person uuid, allowed int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  if (select count(*) from projects where charged_to = person) >= allowed then
    perform fail('FT409', 'too_many_projects', jsonb_build_object('limit', allowed, 'say',
      format('You have made or imported %s projects, as many as you may: delete one first', allowed)));
  end if;
end $$;

-- Before a signed link is made: FT409 when its maker has `max_own`, or its project as many as allowed. A link without
-- a project counts for its maker alone. It deletes this person's ended links (withdrawn or expired), all but the
-- newest `max_own`.
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

-- Before a socket ticket is made: FT429 while `allowed` tickets of this person wait to be used. It deletes expired
-- ones.
create or replace function require_room_for_ticket(person uuid, allowed int, seconds int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  delete from ws_tickets where user_id = person and expires_at <= now();
  if (select count(*) from ws_tickets where user_id = person) >= allowed then
    perform fail('FT429', 'too_many_tickets', jsonb_build_object('limit', allowed, 'retry_after', seconds, 'say',
      format('You have %s unused tickets: open sockets with them, or wait %s seconds until they expire', allowed, seconds)));
  end if;
end $$;

-- After a session was opened, under its account's lock: ends the oldest sessions beyond `allowed`, and returns their
-- ids. It deletes ended sessions, all but the newest `allowed`.
create or replace function end_surplus_sessions(person uuid, allowed int) returns setof uuid language plpgsql as $$
begin
  return query update sessions set revoked_at = clock_timestamp(), revoke_reason = 'surplus' where id in (
    select s.id from sessions s where s.user_id = person and s.revoked_at is null and s.expires_at > now() order by s.id desc offset allowed)
    returning id;
  delete from sessions where id in (
    select s.id from sessions s where s.user_id = person and (s.revoked_at is not null or s.expires_at <= now()) order by s.id desc offset allowed);
end $$;
