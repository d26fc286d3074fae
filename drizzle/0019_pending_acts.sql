CREATE TABLE "pending_acts" (
	"project_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"actor" uuid,
	"request_id" text,
	"since" bigint NOT NULL,
	"visited_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "pending_acts_project_id_kind_subject_pk" PRIMARY KEY("project_id","kind","subject"),
	CONSTRAINT "pending_acts_kind" CHECK (kind in ('membership', 'assignments'))
);
--> statement-breakpoint
CREATE INDEX "pending_acts_visited" ON "pending_acts" USING btree ("visited_at");
--> statement-breakpoint
-- Whether an account was deleted: anonymised for good.
create or replace function is_deleted(account users) returns boolean language sql immutable as $$
  select account.email = 'deleted-' || account.id || '@invalid';
$$;
--> statement-breakpoint
create or replace function users_rules() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    -- The first account is the admin's; two at once queue up here, and only then.
    if not exists (select 1 from users) then
      perform pg_advisory_xact_lock(hashtext('flowtrack.first_account'));
      if not exists (select 1 from users) then
        new.role := 'admin';
      end if;
    end if;
    perform require_timezone(new.timezone);
    new.seq := 1;
    return new;
  end if;
  if old.role = 'admin' and old.is_active and (tg_op = 'DELETE' or new.role <> 'admin' or not new.is_active) then
    perform pg_advisory_xact_lock(hashtext('flowtrack.last_admin'));
    if not exists (select 1 from users where role = 'admin' and is_active and id <> old.id) then
      perform fail('FT409', 'last_admin');
    end if;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  if is_deleted(old) and new is distinct from old then
    perform fail('FT404', 'not_found');
  end if;
  if new.timezone <> old.timezone then
    perform require_timezone(new.timezone);
  end if;
  new.seq := old.seq;
  new.updated_at := old.updated_at;
  if new is distinct from old then
    new.seq := old.seq + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end $$;
--> statement-breakpoint
drop function lock_projects_of(uuid);
--> statement-breakpoint
-- Notes what is left of an act. Of two acts on the same, the later one counts.
create or replace function leave_for_later(project uuid, act_kind text, act_subject text) returns void language sql as $$
  insert into pending_acts (project_id, kind, subject, actor, request_id, since)
  select project, act_kind, act_subject, nullif(current_setting('flowtrack.actor'), 'system')::uuid,
    nullif(current_setting('flowtrack.request_id'), ''), event_seq from projects where id = project
  on conflict (project_id, kind, subject) do update set actor = excluded.actor, request_id = excluded.request_id, since = excluded.since;
$$;
--> statement-breakpoint
-- The tasks of a project, trashed ones too, to which a person was assigned by the event `since` and is still.
create or replace function assigned_by(project uuid, person uuid, since bigint, most int) returns setof uuid language sql stable as $$
  select t.id from tasks t where t.project_id = project and t.assignee_ids @> array[person]
    and (t.seq <= since or not exists (
      select 1 from activity_logs l where l.project_id = project and l.task_id = t.id and l.seq > since
        and (l.action = 'task.created' and l.data -> 'assignee_ids' ? person::text
          or l.changes #> '{assignee_ids,1}' ? person::text and not l.changes #> '{assignee_ids,0}' ? person::text)))
  limit most;
$$;
--> statement-breakpoint
-- Takes a former member off tasks, journalled: `most` at once. It tells nobody: they are no member, or were one
-- before and know. Returns whether any may be left.
create or replace function unassign(project uuid, person uuid, since bigint, most int) returns boolean language plpgsql as $$
declare taken int;
begin
  perform set_config('flowtrack.draining', 'on', true);
  update tasks set assignee_ids = array_remove(assignee_ids, person) where id in (select assigned_by(project, person, since, most));
  get diagnostics taken = row_count;
  perform set_config('flowtrack.draining', 'off', true);
  return taken = most;
end $$;
--> statement-breakpoint
-- Ends all memberships of a person whose account this transaction has locked, and is about to delete: FT409 where
-- nobody else is left to manage. What they hold few tasks for and nobody writes to ends here, the rest in steps: no
-- project is waited for. Returns their projects, and whether each is done.
create or replace function end_memberships(person uuid) returns table (project_id uuid, ended boolean) language plpgsql as $$
declare
  left_alone uuid; free uuid[];
  few boolean := (select count(*) from (select 1 from tasks t where t.assignee_ids @> array[person] limit 501) held) <= 500;
begin
  select m.project_id into left_alone from project_members m
    where m.user_id = person and m.role = 'manager' and not exists (
      select 1 from project_members o join users u on u.id = o.user_id
      where o.project_id = m.project_id and o.role = 'manager' and o.user_id <> person and not is_deleted(u)) limit 1;
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
-- One step of what is pending in a project, about `most` tasks, as whoever acted. Returns whether anything is left.
create or replace function advance_acts(project uuid, most int) returns boolean language plpgsql as $$
declare act pending_acts; more boolean := false;
begin
  perform set_config('lock_timeout', '2s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  select * into act from pending_acts where project_id = project order by visited_at limit 1 for update;
  if not found then
    return false;
  end if;
  perform set_actor(act.actor, act.request_id);
  if act.kind = 'membership' then
    delete from project_members where project_id = project and user_id = act.subject::uuid;
  else
    more := unassign(project, act.subject::uuid, act.since, most);
  end if;
  if more then
    update pending_acts set visited_at = clock_timestamp() where (project_id, kind, subject) = (project, act.kind, act.subject);
  else
    delete from pending_acts where (project_id, kind, subject) = (project, act.kind, act.subject);
  end if;
  return exists (select 1 from pending_acts where project_id = project);
end $$;
--> statement-breakpoint
-- The project whose act has waited longest, of those not to be skipped; null when there is none. To be committed before
-- the step, so that one that fails comes last.
create or replace function next_act(skipped uuid[]) returns uuid language sql as $$
  update pending_acts set visited_at = clock_timestamp() where (project_id, kind, subject) = (
    select project_id, kind, subject from pending_acts where project_id <> all(skipped) order by visited_at limit 1)
  returning project_id;
$$;
--> statement-breakpoint
-- What holds for a task, whoever writes it: assignees, parent, column, rank and WIP limit; when it began and
-- ended. It stays finished (or cancelled) since it first became so, while it goes from one such column to another. From cancelled to done, or back, is another end.
create or replace function tasks_rules() returns trigger language plpgsql as $$
declare
  entering boolean; col board_columns; strangers uuid[]; ancestor uuid; depth int := 0;
begin
  if tg_op = 'UPDATE' and new.seq = old.seq then
    return new; -- nothing changed, or a renumbering
  end if;
  if tg_op = 'UPDATE' and new.assignee_ids <> old.assignee_ids then -- former members go, who are not taken off yet
    new.assignee_ids := array(select a from unnest(new.assignee_ids) with ordinality as present(a, n)
      where a <> all(old.assignee_ids) or exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = a) order by n);
  end if;
  if tg_op = 'INSERT' or new.assignee_ids <> old.assignee_ids then
    select array_agg(a) into strangers from unnest(new.assignee_ids) a
      where not exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = a);
    if strangers is not null then
      perform fail('FT422', 'assignee_not_member', jsonb_build_object('path', 'assignee_ids', 'ids', strangers));
    end if;
  end if;
  if new.parent_id is not null and (tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id) then
    if not exists (select 1 from tasks where id = new.parent_id and project_id = new.project_id and deleted_at is null) then
      perform fail('FT422', 'parent_not_found', '{"path": "parent_id"}');
    end if;
    ancestor := new.parent_id;
    while ancestor is not null loop
      if ancestor = new.id then
        perform fail('FT422', 'parent_is_descendant', '{"path": "parent_id"}');
      end if;
      depth := depth + 1;
      if depth > 20 then
        perform fail('FT422', 'parent_too_deep', '{"path": "parent_id", "limit": 20}');
      end if;
      select parent_id into ancestor from tasks where id = ancestor;
    end loop;
  end if;

  entering := tg_op = 'INSERT';
  if tg_op = 'UPDATE' then
    entering := new.status <> old.status or (new.deleted_at is null and old.deleted_at is not null);
    if not entering and new.position = old.position then
      return new;
    end if;
  end if;
  select * into col from board_columns where project_id = new.project_id and key = new.status;
  if not found then
    perform fail('FT422', 'column_not_found', '{"path": "status"}');
  end if;
  -- No rank, or one that is taken in the column (a writer who set only the status): the bottom.
  if new.position is null or exists (select 1 from tasks where project_id = new.project_id and status = new.status
      and deleted_at is null and position = new.position and id <> new.id) then
    new.position := task_rank(new.project_id, new.status, new.id);
  end if;
  if not entering then
    return new;
  end if;
  if tg_op = 'INSERT' or new.status <> old.status then
    new.completed_at := case when col.category in ('done', 'cancelled') then new.updated_at end;
    if tg_op = 'UPDATE' and new.completed_at is not null and old.completed_at is not null
      and exists (select 1 from board_columns where project_id = old.project_id and key = old.status and category = col.category) then
      new.completed_at := old.completed_at;
    end if;
    if col.category = 'in_progress' then
      new.started_at := coalesce(new.started_at, new.updated_at);
    end if;
  end if;
  if new.deleted_at is null and coalesce(current_setting('flowtrack.draining', true), '') <> 'on' then
    perform check_wip(col, 1, new.id);
  end if;
  return new;
end $$;
--> statement-breakpoint
-- Somebody manages each project, and they have an account: the row lock keeps who stays from being deleted meanwhile.
-- Who goes is taken off their tasks, at once if those are few.
create or replace function members_rules() returns trigger language plpgsql as $$
declare head bigint := (select event_seq from projects where id = old.project_id);
begin
  if head is null then
    return null;
  end if;
  if old.role = 'manager' then
    perform 1 from project_members m join users u on u.id = m.user_id
      where m.project_id = old.project_id and m.role = 'manager' and not is_deleted(u) limit 1 for share of u;
    if not found then
      perform fail('FT409', 'last_manager', jsonb_build_object('project_id', old.project_id));
    end if;
  end if;
  if tg_op = 'UPDATE' then
    return null;
  elsif (select count(*) from assigned_by(old.project_id, old.user_id, head, 501)) > 500 then
    perform leave_for_later(old.project_id, 'assignments', old.user_id::text);
  else
    perform unassign(old.project_id, old.user_id, head, 501);
  end if;
  return null;
end $$;
