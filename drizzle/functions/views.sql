-- Saved filters of tasks (src/features/views).

-- Before the actor of this transaction changes or deletes a view: FT404 when it is gone, or private to another
-- person. FT403 when the actor may not change this shared view, may not share one, or would make another person's
-- view private. `shares`: whether it is to be shared; null leaves it as it is. Whoever made a view may stop sharing
-- it in every role.
create or replace function require_view(view uuid, shares boolean default null) returns void language plpgsql as $$
declare v views; me uuid := current_setting('flowtrack.actor')::uuid;
begin
  select * into v from views where id = view;
  if v.id is null or not (v.shared or v.created_by = me) then
    perform fail('FT404', 'not_found');
  end if;
  perform check_role(v.project_id, me, case when v.created_by <> me then 'manager' when coalesce(shares, v.shared) then 'contributor' else 'viewer' end,
    current_setting('flowtrack.role'));
  if v.created_by <> me and not shares then
    perform fail('FT403', 'forbidden', '{"say": "Only the person who made a view can make it private. You can delete it instead"}');
  end if;
end $$;

-- After a view was written: FT409 when its maker has more than `max_own` views in projects that they can see, or the
-- project more than `max_shared` shared ones.
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

-- AFTER a membership ended: deletes the person's private views of the project; shared ones stay.
create or replace function end_views() returns trigger language plpgsql as $$
begin
  delete from views where created_by = old.user_id and project_id = old.project_id and not shared;
  return null;
end $$;
