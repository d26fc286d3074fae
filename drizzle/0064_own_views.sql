-- Whoever made a shared view may make it private or delete it, whatever their role is now; two refusals say what they mean.
create or replace function require_every_project() returns void language plpgsql as $$
begin
  if current_setting('flowtrack.projects', true) <> '' then
    perform fail('FT403', 'scope_missing', '{"say": "This API key is bound to some projects, and this request is not about one of them: use a key without project_ids, or sign in"}');
  end if;
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
    perform fail('FT409', 'project_archived', '{"say": "The other project is archived: change its status first, by PATCH /projects/{id} with {\"status\": \"active\"}"}');
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
  perform check_role(v.project_id, me, case when v.created_by <> me then 'manager' when coalesce(shares, v.shared) then 'contributor' else 'viewer' end,
    current_setting('flowtrack.role'));
  if v.created_by <> me and not shares then
    perform fail('FT403', 'forbidden', '{"say": "Only the person who made a view can make it private. You can delete it instead"}');
  end if;
end $$;
