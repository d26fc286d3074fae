-- Error texts in plainer words. Nothing else of these functions changes.
create or replace function require_new_key(person uuid, projects uuid[], allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from api_keys where user_id = person and revoked_at is null and (expires_at > now()) is not false) >= allowed then
    perform fail('FT409', 'too_many_keys', jsonb_build_object('limit', allowed, 'say',
      format('You may have %s API keys: revoke one that is no longer used', allowed)));
  elsif exists (select 1 from unnest(projects) wanted where not acts_as_admin()
      and not exists (select 1 from project_members m where m.project_id = wanted and m.user_id = person)) then
    perform fail('FT422', 'validation_failed', '{"path": "project_ids", "message": "contains a project of which you are not a member: ask a manager of it to add you, or leave it out"}');
  end if;
  delete from api_keys where id in (
    select k.id from api_keys k where k.user_id = person and (k.revoked_at is not null or k.expires_at <= now()) order by k.id desc offset allowed);
end $$;
--> statement-breakpoint
create or replace function tasks_limits() returns trigger language plpgsql as $$
declare above int; below int;
begin
  if cardinality(new.assignee_ids) > 50 and (tg_op = 'INSERT' or cardinality(new.assignee_ids) > cardinality(old.assignee_ids)) then
    perform fail('FT422', 'validation_failed', '{"path": "assignee_ids", "message": "must not be more than 50: remove an assignee first"}');
  end if;
  if tg_op = 'INSERT' or new.parent_id is null or new.parent_id is not distinct from old.parent_id then
    return new;
  end if;
  with recursive lower_ones(id, level) as (
    select new.id, 0 union all select t.id, level + 1 from lower_ones l join tasks t on t.parent_id = l.id where level < 20)
    select max(level) into below from lower_ones;
  with recursive upper_ones(id, level) as (
    select new.parent_id, 1 union all select t.parent_id, level + 1 from upper_ones u join tasks t on t.id = u.id
    where t.parent_id is not null and level <= 20)
    select max(level) into above from upper_ones;
  if above + below > 20 then
    perform fail('FT422', 'parent_too_deep', '{"path": "parent_id", "limit": 20}');
  end if;
  return new;
end $$;
--> statement-breakpoint
create or replace function lock_other_side(there uuid) returns void language plpgsql as $$
declare status_there text;
begin
  if there = current_setting('flowtrack.project')::uuid then
    return;
  end if;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  select status into status_there from projects where id = there for no key update;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  if status_there = 'archived' then
    perform fail('FT409', 'project_archived', '{"say": "The other project is archived: change its status first, with PATCH /projects/{id} and {\"status\": \"active\"}"}');
  end if;
end $$;
--> statement-breakpoint
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
      format('You may have %s report links: withdraw one with DELETE /reports/links/{id}, or wait until one expires', max_own)));
  elsif (select count(*) from report_links l where l.project_id = project and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= allowed then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s report links: let a manager withdraw some with DELETE /reports/links/{id}, or ask an administrator for more', allowed)));
  end if;
end $$;
--> statement-breakpoint
create or replace function require_room_for_ticket(person uuid, allowed int, seconds int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  delete from ws_tickets where user_id = person and expires_at <= now();
  if (select count(*) from ws_tickets where user_id = person) >= allowed then
    perform fail('FT429', 'too_many_tickets', jsonb_build_object('limit', allowed, 'retry_after', seconds, 'say',
      format('You have %s unused tickets: open sockets with them, or wait %s seconds until they expire', allowed, seconds)));
  end if;
end $$;
--> statement-breakpoint
create or replace function require_new_invitation(address text, allowed int) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('flowtrack.invitations'));
  if exists (select 1 from users where lower(email) = lower(address)) then
    perform fail('FT409', 'email_taken', '{"say": "This person has an account: find it with GET /users. If it is disabled, enable it; if the password is lost, make a recovery link with POST /users/{id}/recovery-link"}');
  end if;
  update invitations set revoked_at = clock_timestamp() where lower(email) = lower(address) and used_at is null and revoked_at is null;
  if (select count(*) from invitations where expires_at > now() and used_at is null and revoked_at is null) >= allowed then
    perform fail('FT409', 'too_many_invitations', jsonb_build_object('limit', allowed, 'say',
      format('%s invitations are not used yet: withdraw some with DELETE /invitations/{id}', allowed)));
  end if;
  delete from invitations where id in (
    select i.id from invitations i where i.used_at is not null or i.revoked_at is not null or i.expires_at <= now() order by i.id desc offset allowed);
end $$;
--> statement-breakpoint
create or replace function require_own_projects(projects uuid[]) returns void language plpgsql as $$
begin
  if exists (select 1 from unnest(projects) wanted where not exists (
      select 1 from project_members m where m.project_id = wanted and m.user_id = current_setting('flowtrack.actor')::uuid)) then
    perform fail('FT422', 'validation_failed', '{"path": "muted_project_ids", "message": "contains a project of which you are not a member: leave it out"}');
  end if;
end $$;
--> statement-breakpoint
create or replace function require_room_for_transfer(there uuid, card tasks, things int, default_tasks int, default_comments int, default_items int)
returns void language plpgsql as $$
declare place projects; room_for_comments int := project_quota(there, 'comments', default_comments); room_for_items int := project_quota(there, 'items', default_items);
begin
  select * into place from projects where id = there;
  perform require_room_for_task(there, default_tasks);
  if card.comment_count > 0 and place.comment_total + card.comment_count > room_for_comments then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', room_for_comments, 'say',
      format('That project may have %s comments, including those of this task: delete some, or ask an administrator for more', room_for_comments)));
  elsif things > 0 and place.item_total + things > room_for_items then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', room_for_items, 'say',
      format('That project may have %s checklists and items, including those of this task: delete some, or ask an administrator for more', room_for_items)));
  end if;
end $$;
