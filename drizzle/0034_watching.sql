CREATE TABLE "notification_preferences" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"muted_kinds" text[] NOT NULL,
	"muted_project_ids" uuid[] NOT NULL,
	CONSTRAINT "notification_preferences_kinds" CHECK (muted_kinds <@ '{assigned,unassigned,moved,project_invited,role_changed,due_soon,overdue,mentioned,commented}')
);
--> statement-breakpoint
CREATE TABLE "task_watchers" (
	"task_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "task_watchers_task_id_user_id_pk" PRIMARY KEY("task_id","user_id")
);
--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_kind";--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_watchers" ADD CONSTRAINT "task_watchers_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_watchers" ADD CONSTRAINT "task_watchers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "task_watchers_person" ON "task_watchers" USING btree ("project_id","user_id");--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_kind" CHECK (kind in ('assigned', 'unassigned', 'moved', 'project_invited', 'role_changed', 'due_soon', 'overdue', 'mentioned', 'commented'));--> statement-breakpoint
-- Whether a person wants no notifications of this kind, or of this project.
create or replace function is_muted(person uuid, kind text, project uuid) returns boolean language sql stable as $$
  select exists (select 1 from notification_preferences p where p.user_id = person
    and (kind = any(p.muted_kinds) or project = any(p.muted_project_ids)));
$$;
--> statement-breakpoint
-- People watch a task from now on, as far as there is room: 100 at most. Nobody's comment fails because others watch.
create or replace function watch(card uuid, project uuid, people uuid[]) returns void language sql as $$
  insert into task_watchers (task_id, user_id, project_id)
  select card, fresh.id, project from (
    select distinct person as id from unnest(people) person
    where not exists (select 1 from task_watchers w where w.task_id = card and w.user_id = person)) fresh
  order by fresh.id limit greatest(100 - (select count(*) from task_watchers w where w.task_id = card), 0);
$$;
--> statement-breakpoint
-- The same for the actor, who asks for it: FT404 when the card has gone, FT409 when there is no room.
create or replace function watch_task(card uuid) returns void language plpgsql as $$
declare me uuid := current_setting('flowtrack.actor')::uuid;
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  end if;
  perform watch(card, current_setting('flowtrack.project')::uuid, array[me]);
  if not exists (select 1 from task_watchers w where w.task_id = card and w.user_id = me) then
    perform fail('FT409', 'too_many_watchers', '{"limit": 100, "say": "A task may have 100 watchers: let somebody stop watching it first"}');
  end if;
end $$;
--> statement-breakpoint
-- Members who do something with a task watch it: who makes it, is put on it, or comments on it.
create or replace function watch_by_acting(event activity_logs, people uuid[]) returns void language sql as $$
  select watch(event.task_id, event.project_id, array(
    select m.user_id from project_members m where m.project_id = event.project_id and m.user_id = any(people)));
$$;
--> statement-breakpoint
-- With a membership end what the person watches in the project, and that it is muted.
create or replace function end_watching() returns trigger language plpgsql as $$
begin
  delete from task_watchers where project_id = old.project_id and user_id = old.user_id;
  update notification_preferences set muted_project_ids = array_remove(muted_project_ids, old.project_id)
    where user_id = old.user_id and old.project_id = any(muted_project_ids);
  return null;
end $$;
--> statement-breakpoint
-- FT422 unless the actor is a member of all of these projects.
create or replace function require_own_projects(projects uuid[]) returns void language plpgsql as $$
begin
  if exists (select 1 from unnest(projects) wanted where not exists (
      select 1 from project_members m where m.project_id = wanted and m.user_id = current_setting('flowtrack.actor')::uuid)) then
    perform fail('FT422', 'validation_failed', '{"path": "muted_project_ids", "message": "names a project that you are no member of"}');
  end if;
end $$;
--> statement-breakpoint
-- To be made a member by an import is news, as to be invited is.
create or replace function import_invite(project uuid, importer uuid) returns void language sql as $$
  insert into notifications (id, user_id, kind, project_id, actor_id, dedupe_key, data)
  select uuid_v7(), u.id, 'project_invited', p.id, importer, 'project_invited:' || p.id || ':import',
         jsonb_build_object('role', m.role, 'project_key', p.key, 'project_name', p.name)
  from projects p join project_members m on m.project_id = p.id join users u on u.id = m.user_id
  where p.id = project and u.is_active and u.id <> importer and not is_muted(u.id, 'project_invited', p.id);
$$;
--> statement-breakpoint
-- Tells people of one journal row: those with an active account who are members now and have not muted it, and not the
-- one who did it. Once per kind and row, whatever happens; or per kind and thing that it is `about`.
create or replace function notify_people(event activity_logs, kind text, people uuid[], facts jsonb, about uuid default null) returns void language sql as $$
  insert into notifications (id, user_id, kind, project_id, task_id, actor_id, event_seq, dedupe_key, data)
  select uuid_v7(), u.id, kind, event.project_id, event.task_id, event.user_id, event.seq,
         kind || ':' || coalesce(about::text, event.project_id || ':' || event.seq),
         facts || jsonb_build_object('project_key', p.key, 'project_name', p.name)
  from users u
  join project_members m on m.user_id = u.id and m.project_id = event.project_id
  join projects p on p.id = event.project_id
  where u.id = any(people) and u.is_active and u.id is distinct from event.user_id and not is_muted(u.id, kind, event.project_id)
  on conflict do nothing;
$$;
--> statement-breakpoint
-- Whom a change of a task concerns. Silent about the trash, whose cards lead nowhere, and while a column is
-- emptied, which tells each person once.
create or replace function notify_of_task(event activity_logs) returns void language plpgsql as $$
declare
  facts jsonb := jsonb_build_object('number', event.data -> 'number', 'title', event.data -> 'title');
  now_mine uuid[] := uuids(event.data -> 'assignee_ids');
  was_mine uuid[] := case
    when event.action = 'task.created' then '{}'
    when event.changes ? 'assignee_ids' then uuids(event.changes #> '{assignee_ids,0}')
    else now_mine end;
begin
  if event.data ->> 'deleted_at' is not null or current_setting('flowtrack.draining', true) = 'on' then
    return;
  end if;
  if event.action = 'task.created' then
    perform watch_by_acting(event, event.user_id || now_mine);
  elsif now_mine <> was_mine then
    perform watch_by_acting(event, uuids_without(now_mine, was_mine));
  end if;
  if now_mine = was_mine and not (cardinality(now_mine) > 0 and event.changes ? 'status') then
    return;
  end if;
  perform notify_people(event, 'assigned', uuids_without(now_mine, was_mine), facts);
  perform notify_people(event, 'unassigned', uuids_without(was_mine, now_mine), facts);
  if event.changes ? 'status' then -- who just got the task is not told that it moved
    perform notify_people(event, 'moved', uuids_without(now_mine, uuids_without(now_mine, was_mine)),
      facts || jsonb_build_object('status', event.changes -> 'status'));
  end if;
end $$;
--> statement-breakpoint
-- Whom a comment mentions, each once, however often it is edited; and, when it is new, whoever else watches the task.
-- Of its text nothing is kept here.
create or replace function notify_of_comment(event activity_logs) returns void language plpgsql as $$
declare people uuid[]; facts jsonb;
begin
  select mentioned_in(c.body), jsonb_build_object('number', t.number, 'title', t.title, 'comment_id', c.id) into people, facts
    from comments c join tasks t on t.id = c.task_id where c.id = event.entity_id;
  if people <> '{}' then
    perform notify_people(event, 'mentioned', people, facts, event.entity_id);
  end if;
  if event.action = 'comment.created' then
    perform notify_people(event, 'commented', array(select w.user_id from task_watchers w where w.task_id = event.task_id
      and not exists (select 1 from notifications n where n.user_id = w.user_id and n.dedupe_key = 'mentioned:' || event.entity_id)),
      facts, event.entity_id);
    perform watch_by_acting(event, array[event.user_id]);
  end if;
end $$;
--> statement-breakpoint
-- The reminders of these tasks of a project that are missing, as things stand at `moment`: of a due date that ends within 24 hours
-- (due_soon) or has ended (overdue), once per person, kind, task and date. What had ended when the project was imported
-- or opened again, or the task by a change of the columns, is not told. Tasks and people are looked up one by one:
-- whatever the planner expects, all of them are many more.
create or replace function missing_reminders(project uuid, ids uuid[], moment timestamptz)
returns table (user_id uuid, kind text, project_id uuid, task_id uuid, dedupe_key text, data jsonb) language sql stable as $$
  select wanted.* from (
    select u.id as user_id, due.kind, t.project_id, t.id as task_id,
           concat_ws(':', due.kind, t.id, t.due_date) as dedupe_key,
           jsonb_build_object('number', t.number, 'title', t.title, 'due_date', t.due_date,
             'project_key', p.key, 'project_name', p.name) as data
    from unnest(ids) due_id
    cross join lateral (select * from tasks where id = due_id limit 1) t
    join projects p on p.id = t.project_id and p.status not in ('completed', 'archived')
    join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category not in ('done', 'cancelled')
    cross join unnest(t.assignee_ids) assignee
    cross join lateral (select someone.id, someone.timezone from users someone where someone.id = assignee and someone.is_active limit 1) u
    cross join lateral (select 1 from project_members m where m.project_id = t.project_id and m.user_id = u.id limit 1) m
    cross join lateral (select day_end(t.due_date, u.timezone) as ends) day
    cross join lateral (select case when day.ends <= moment then 'overdue' else 'due_soon' end as kind) due
    where day.ends <= moment + interval '24 hours' and not is_muted(u.id, due.kind, t.project_id)
      and day.ends > coalesce((select f.since from reminder_floors f where f.project_id = project), '-infinity')
      and day.ends > coalesce((select r.since from reminder_rests r where r.task_id = t.id), '-infinity')
  ) as wanted
  where not exists (select 1 from notifications n where n.user_id = wanted.user_id and n.dedupe_key = wanted.dedupe_key);
$$;
--> statement-breakpoint
create trigger watching_10_end after delete on project_members for each row execute function end_watching();
