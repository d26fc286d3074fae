-- Notifications of tasks in the trash are hidden and stay unread. All other functions: only their error texts are plainer.
create or replace function require_new_key(person uuid, projects uuid[], allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from api_keys where user_id = person and revoked_at is null and (expires_at > now()) is not false) >= allowed then
    perform fail('FT409', 'too_many_keys', jsonb_build_object('limit', allowed, 'say',
      format('You can have at most %s API keys: revoke one that is no longer used', allowed)));
  elsif exists (select 1 from unnest(projects) wanted where not acts_as_admin()
      and not exists (select 1 from project_members m where m.project_id = wanted and m.user_id = person)) then
    perform fail('FT422', 'validation_failed', '{"path": "project_ids", "message": "contains a project of which you are not a member: ask a manager of it to add you, or leave it out"}');
  end if;
  delete from api_keys where id in (
    select k.id from api_keys k where k.user_id = person and (k.revoked_at is not null or k.expires_at <= now()) order by k.id desc offset allowed);
end $$;

create or replace function require_room_for_items(project uuid, default_quota int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'items', default_quota);
begin
  if (select item_total from projects where id = project) >= allowed then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s checklists and items: delete some, or ask an administrator for more', allowed)));
  end if;
end $$;

create or replace function room_for_checklist(card uuid, default_quota int, max_checklists int) returns uuid language plpgsql as $$
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklists c where c.task_id = card) >= max_checklists then
    perform fail('FT409', 'too_many_checklists', jsonb_build_object('limit', max_checklists, 'say',
      format('This task can have at most %s checklists: delete one first, or go on in another task', max_checklists)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, default_quota);
  return card;
end $$;

create or replace function room_for_item(checklist uuid, default_quota int, max_items int) returns uuid language plpgsql as $$
declare card uuid := (select c.task_id from checklists c join tasks t on t.id = c.task_id where c.id = checklist and t.deleted_at is null);
begin
  if card is null then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklist_items i where i.checklist_id = checklist) >= max_items then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', max_items, 'say',
      format('This checklist can have at most %s items: delete some, or begin another checklist', max_items)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, default_quota);
  return card;
end $$;

create or replace function room_for_comment(card uuid, default_quota int, max_comments int) returns uuid language plpgsql as $$
declare held int; total int; allowed int;
begin
  select t.comment_count, p.comment_total, coalesce((p.quotas ->> 'comments')::int, default_quota) into held, total, allowed
    from tasks t join projects p on p.id = t.project_id where t.id = card and t.deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif held >= max_comments then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', max_comments, 'say',
      format('This task can have at most %s comments: delete some, or go on in another task', max_comments)));
  elsif total >= allowed then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s comments: delete some, or ask an administrator for more', allowed)));
  end if;
  return card;
end $$;

create or replace function require_room_for_links(task uuid, allowed int) returns void language plpgsql as $$
begin
  if (select count(*) from task_links where task_id = task) > allowed then
    perform fail('FT409', 'too_many_task_links', jsonb_build_object('limit', allowed, 'say',
      format('A task can have at most %s links, and this one or the other would have more: remove one that is no longer needed', allowed)));
  end if;
end $$;

create or replace function read_notifications(person uuid, only_id uuid default null, until bigint default null) returns void language plpgsql as $$
declare found_unread uuid[]; base bigint;
begin
  perform 1 from inboxes where user_id = person for no key update; -- what follows reads what is current
  select array_agg(id order by id) into found_unread from notifications
    where user_id = person and read_at is null and id = coalesce(only_id, id) and seq <= coalesce(until, seq)
      and exists (select 1 from project_members m where m.project_id = notifications.project_id and m.user_id = person)
      and (task_id is null or exists (select 1 from tasks t where t.id = task_id and t.deleted_at is null));
  if found_unread is not null then
    base := inbox_take(person, cardinality(found_unread));
    update notifications n set read_at = clock_timestamp(), seq = base + place
      from unnest(found_unread) with ordinality as f(id, place) where n.id = f.id;
  end if;
end $$;

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
      format('You can have at most %s report links: withdraw one with DELETE /reports/links/{id}, or wait until one expires', max_own)));
  elsif (select count(*) from report_links l where l.project_id = project and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= allowed then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s report links: let a manager withdraw some with DELETE /reports/links/{id}, or ask an administrator for more', allowed)));
  end if;
end $$;

create or replace function admit(mode text, address text, presented text) returns text language plpgsql as $$
declare invited invitations;
begin
  if not exists (select 1 from users) then
    perform pg_advisory_xact_lock(hashtext('flowtrack.first_account'));
    if not exists (select 1 from users) then
      return 'admin';
    end if;
  end if;
  if mode = 'closed' then
    perform fail('FT403', 'registration_closed');
  elsif presented is null and mode = 'open' then
    return 'member';
  elsif presented is null then
    perform fail('FT403', 'invitation_required');
  end if;
  select * into invited from invitations where token_hash = presented for update;
  if invited.id is null or lower(invited.email) <> lower(address) then
    perform fail('FT403', 'invitation_invalid', '{"reason": "unknown", "say": "There is no such invitation for this e-mail address: compare the address and the token with the invitation that you got, or ask an administrator for a new one"}');
  elsif invited.used_at is not null then
    perform fail('FT403', 'invitation_invalid', '{"reason": "used", "say": "This invitation was used before: sign in, or ask an administrator for a new one"}');
  elsif invited.revoked_at is not null or not exists (select 1 from users where id = invited.created_by and is_active and role = 'admin') then
    perform fail('FT403', 'invitation_invalid', '{"reason": "revoked", "say": "This invitation was withdrawn: ask an administrator for a new one"}');
  elsif invited.expires_at <= now() then
    perform fail('FT403', 'invitation_invalid', '{"reason": "expired", "say": "This invitation has expired: ask an administrator for a new one"}');
  end if;
  update invitations set used_at = clock_timestamp() where id = invited.id;
  return invited.role;
end $$;

create or replace function require_room_for_transfer(there uuid, card tasks, things int, default_tasks int, default_comments int, default_items int)
returns void language plpgsql as $$
declare place projects; room_for_comments int := project_quota(there, 'comments', default_comments); room_for_items int := project_quota(there, 'items', default_items);
begin
  select * into place from projects where id = there;
  perform require_room_for_task(there, default_tasks);
  if card.comment_count > 0 and place.comment_total + card.comment_count > room_for_comments then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', room_for_comments, 'say',
      format('That project can have at most %s comments, including those of this task: delete some, or ask an administrator for more', room_for_comments)));
  elsif things > 0 and place.item_total + things > room_for_items then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', room_for_items, 'say',
      format('That project can have at most %s checklists and items, including those of this task: delete some, or ask an administrator for more', room_for_items)));
  end if;
end $$;

create or replace function check_views(project uuid, person uuid, max_own int, max_shared int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  if (select count(*) from views v where v.created_by = person and project_role(v.project_id, person) is not null) > max_own then
    perform fail('FT409', 'too_many_views', jsonb_build_object('limit', max_own, 'say', format('You can have at most %s views: delete one first', max_own)));
  elsif (select count(*) from views v where v.project_id = project and v.shared) > max_shared then
    perform fail('FT409', 'too_many_views', jsonb_build_object('limit', max_shared, 'say',
      format('This project can have at most %s shared views: let a manager delete some, or keep this one for yourself', max_shared)));
  end if;
end $$;

create or replace function watch_task(card uuid) returns void language plpgsql as $$
declare me uuid := current_setting('flowtrack.actor')::uuid;
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  end if;
  perform watch(card, current_setting('flowtrack.project')::uuid, array[me]);
  if not exists (select 1 from task_watchers w where w.task_id = card and w.user_id = me) then
    perform fail('FT409', 'too_many_watchers', '{"limit": 100, "say": "A task can have at most 100 watchers: ask one of them to stop watching it first"}');
  end if;
end $$;
