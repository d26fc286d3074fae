-- Two projects are locked in one order. A lease that people have ended stays ended. A project keeps an active manager.
create or replace function may_change(project uuid, actor uuid, credential uuid, secret_hash text) returns boolean language sql stable as $$
  select has_access(project, actor, credential) and role_rank(project_role(project, actor)) >= role_rank('contributor')
    and (secret_hash is null or exists (select 1 from api_keys k where k.id = credential and k.hash = secret_hash));
$$;
--> statement-breakpoint
create or replace function lock_lower(here uuid, there uuid, actor uuid, credential uuid, secret_hash text) returns void language plpgsql as $$
begin
  if there < here and may_change(here, actor, credential, secret_hash) and may_change(there, actor, credential, secret_hash) then
    perform set_config('lock_timeout', '5s', true), set_config('statement_timeout', '8s', true);
    perform 1 from projects where id = there for no key update;
  end if;
end $$;
--> statement-breakpoint
create or replace function end_lost_claim() returns trigger language plpgsql as $$
begin
  delete from task_claims c where c.task_id = new.id
    and (c.status <> new.status or not new.assignee_ids @> array[c.user_id] or new.deleted_at is not null or new.archived_at is not null);
  return null;
end $$;
--> statement-breakpoint
create or replace function members_rules() returns trigger language plpgsql as $$
declare head bigint := (select event_seq from projects where id = old.project_id);
begin
  if head is null then
    return null;
  end if;
  if old.role = 'manager' then
    perform 1 from project_members m join users u on u.id = m.user_id
      where m.project_id = old.project_id and m.role = 'manager' and not is_deleted(u)
        and (u.is_active or not (select is_active from users where id = old.user_id)) limit 1 for share of u;
    if not found then
      perform fail('FT409', 'last_manager', jsonb_build_object('project_id', old.project_id));
    end if;
  end if;
  if tg_op = 'UPDATE' then
    return null;
  elsif (select count(*) from assigned_by(old.project_id, old.user_id, head, 501))
    + (select count(*) from items_assigned_by(old.project_id, old.user_id, head, 501)) > 500 then
    perform leave_for_later(old.project_id, 'assignments', old.user_id::text);
  else
    perform unassign(old.project_id, old.user_id, head, 501);
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function end_memberships(person uuid) returns table (project_id uuid, ended boolean) language plpgsql as $$
declare
  left_alone uuid; free uuid[];
  few boolean := (select count(*) from (select 1 from tasks t where t.assignee_ids @> array[person]
    union all select 1 from checklist_items i where i.assignee_id = person
    union all select 1 from project_members m join task_watchers w on w.project_id = m.project_id and w.user_id = person where m.user_id = person
    limit 501) held) <= 500;
begin
  select m.project_id into left_alone from project_members m
    where m.user_id = person and m.role = 'manager' and not exists (
      select 1 from project_members o join users u on u.id = o.user_id
      where o.project_id = m.project_id and o.role = 'manager' and o.user_id <> person and not is_deleted(u)
        and (u.is_active or not (select is_active from users where id = person))) limit 1;
  if left_alone is not null then
    perform fail('FT409', 'last_manager', jsonb_build_object('project_id', left_alone));
  end if;
  free := array(select p.id from projects p where few and p.id in (select m.project_id from project_members m where m.user_id = person)
    order by p.id limit 20 for no key update skip locked);
  perform leave_for_later(m.project_id, 'membership', person::text) from project_members m where m.user_id = person and m.project_id <> all(free);
  return query select m.project_id, m.project_id = any(free) from project_members m where m.user_id = person order by 1;
  delete from project_members m where m.user_id = person and m.project_id = any(free);
end $$;
--> statement-breakpoint
create or replace function tasks_labels() returns trigger language plpgsql as $$
declare present uuid[] := present_labels(new.project_id, new.label_ids); strangers uuid[];
begin
  if cardinality(present) < cardinality(new.label_ids) and (tg_op = 'INSERT' or new.label_ids <> old.label_ids) then
    select array_agg(named) into strangers from unnest(new.label_ids) named
      where named <> all(present) and not exists (
        select 1 from activity_logs l where l.project_id = new.project_id and l.entity_id = named and l.action = 'label.deleted');
    if strangers is not null then
      perform fail('FT422', 'label_not_found', jsonb_build_object('path', 'label_ids', 'ids', strangers));
    end if;
  end if;
  if cardinality(present) > 50 then
    perform fail('FT422', 'validation_failed', '{"path": "label_ids", "message": "must be at most 50: remove a label first"}');
  end if;
  new.label_ids := present;
  return new;
end $$;
--> statement-breakpoint
create or replace function watch_task(card uuid) returns void language plpgsql as $$
declare me uuid := current_setting('flowtrack.actor')::uuid;
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  end if;
  perform watch(card, current_setting('flowtrack.project')::uuid, array[me]);
  if not exists (select 1 from task_watchers w where w.task_id = card and w.user_id = me) then
    perform fail('FT409', 'too_many_watchers', '{"limit": 100, "say": "A task may have 100 watchers: ask one of them to stop watching it first"}');
  end if;
end $$;
--> statement-breakpoint
CREATE TRIGGER claims_10_lost AFTER UPDATE OF status, assignee_ids, deleted_at, archived_at ON tasks FOR EACH ROW WHEN (old.assignee_ids <> '{}'::uuid[] and (old.status, old.assignee_ids, old.deleted_at, old.archived_at) is distinct from (new.status, new.assignee_ids, new.deleted_at, new.archived_at)) EXECUTE FUNCTION end_lost_claim();
