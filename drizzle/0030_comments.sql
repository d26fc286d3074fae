CREATE TABLE "comments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"user_id" uuid,
	"body" text NOT NULL,
	"edited_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_kind";--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "comment_total" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "comment_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "comments_thread" ON "comments" USING btree ("task_id","created_at","id");--> statement-breakpoint
CREATE INDEX "comments_project" ON "comments" USING btree ("project_id","id");--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_kind" CHECK (kind in ('assigned', 'unassigned', 'moved', 'project_invited', 'role_changed', 'due_soon', 'overdue', 'mentioned'));--> statement-breakpoint
drop function notify_people(activity_logs, text, uuid[], jsonb);
--> statement-breakpoint
-- The card itself, when it takes one comment more: FT404 when it is gone or in the trash, FT409 when it, or its project,
-- has as many as there may be. Called within the insert, under the project's lock.
create or replace function room_for_comment(card uuid, usual int, each int) returns uuid language plpgsql as $$
declare held int; total int; allowed int;
begin
  select t.comment_count, p.comment_total, coalesce((p.quotas ->> 'comments')::int, usual) into held, total, allowed
    from tasks t join projects p on p.id = t.project_id where t.id = card and t.deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif held >= each then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', each, 'say',
      format('This task may have %s comments: delete some, or go on in another task', each)));
  elsif total >= allowed then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s comments: delete some, or ask an administrator for more', allowed)));
  end if;
  return card;
end $$;
--> statement-breakpoint
-- What only its author may do with a comment; managers may delete it too. FT404 when it is gone, or its card is.
create or replace function require_author(comment uuid, deletes boolean) returns void language plpgsql as $$
declare me uuid := current_setting('flowtrack.actor')::uuid; written comments;
begin
  select c.* into written from comments c join tasks t on t.id = c.task_id where c.id = comment and t.deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif written.user_id = me or deletes and (acts_as_admin() or project_role(written.project_id, me) = 'manager') then
    return;
  end if;
  perform fail('FT403', 'forbidden', jsonb_build_object('say', case
    when deletes then 'A comment is deleted by its author or by a manager of the project: ask one of them'
    else 'Only its author may edit a comment: answer it in another one' end));
end $$;
--> statement-breakpoint
-- Keeps the counts, of the task (an ordinary, journalled update) and of the project. Not where either is being deleted.
create or replace function comments_counted() returns trigger language plpgsql as $$
declare project uuid; card uuid; step int;
begin
  if tg_op = 'INSERT' then
    project := new.project_id; card := new.task_id; step := 1;
  else
    project := old.project_id; card := old.task_id; step := -1;
  end if;
  update projects set comment_total = comment_total + step where id = project;
  if found then
    update tasks set comment_count = comment_count + step where id = card;
  end if;
  return null;
end $$;
--> statement-breakpoint
-- The people whom a text mentions as @[Name](user:<id>), whether there are such or not.
create or replace function mentioned_in(body text) returns uuid[] language sql immutable as $$
  select coalesce(array_agg(distinct m[1]::uuid), '{}')
  from regexp_matches(body, '@\[[^][]+\]\(user:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\)', 'gi') m;
$$;
--> statement-breakpoint
-- The first statement of a keyed write. Claims the key in the transaction of the change: if that
-- fails, the key is free again. A repeat raises FT200 with the kept answer; it waits for a first
-- that is under way, up to 5 s (FT409). The same key for another request is FT422. An answer about a
-- project is kept from who has no access to it any more (FT404). A comment has its present text, empty once it is deleted.
create or replace function claim_key(actor uuid, credential uuid, request text, claimed text, print text, secret_hash text default null) returns void language plpgsql as $$
declare kept idempotency_keys; outer_limit text := current_setting('lock_timeout');
begin
  perform authenticate(actor, credential, request, 'write', secret_hash);
  delete from idempotency_keys where user_id = actor and key = claimed and expires_at <= now();
  perform set_config('lock_timeout', '5s', true);
  insert into idempotency_keys (user_id, key, fingerprint, expires_at)
    values (actor, claimed, print, now() + interval '24 hours') on conflict do nothing;
  if found then
    perform set_config('lock_timeout', outer_limit, true);
    return;
  end if;
  select * into kept from idempotency_keys where user_id = actor and key = claimed;
  if kept.fingerprint <> print then
    perform fail('FT422', 'idempotency_key_reused');
  end if;
  if kept.response ->> 'project' is not null and not has_access((kept.response ->> 'project')::uuid, actor, credential) then
    perform fail('FT404', 'not_found');
  end if;
  perform fail('FT200', 'replayed', jsonb_build_object('status', kept.status,
    'response', kept.response || jsonb_build_object('body', with_text(kept.response -> 'body', ''))));
exception when lock_not_available then
  perform fail('FT409', 'idempotency_in_flight');
end $$;
--> statement-breakpoint
-- The last statement of a keyed write: keeps what it answers, with the warning if there is one.
create or replace function keep_answer(actor uuid, claimed text, answered int, body jsonb, project uuid) returns jsonb language plpgsql as $$
declare whole jsonb := body; warning text := nullif(current_setting('flowtrack.warning', true), '');
begin
  if body is null then
    perform fail('FT404', 'not_found');
  end if;
  if warning is not null then
    whole := whole || jsonb_build_object('warnings', jsonb_build_array(warning::jsonb));
  end if;
  update idempotency_keys set status = answered,
    response = jsonb_build_object('project', project, 'head', (select event_seq from projects where id = project), 'body', whole)
    where user_id = actor and key = claimed;
  return with_text(whole);
end $$;
--> statement-breakpoint
-- The rows of one kind that the staged lines lead to: each entity's last line, unless that ended it.
create or replace function import_last(job uuid, kind text) returns table (seq bigint, data jsonb) language sql stable as $$
  select last.seq, last.entry -> 'data' from (
    select distinct on (l.entry ->> 'entity_id') l.seq, l.entry from import_lines l
    where l.import_id = job and l.entry ->> 'entity' = kind
    order by l.entry ->> 'entity_id', l.seq desc) last
  where last.entry ->> 'action' not in ('member.removed', 'column.deleted', 'task.purged', 'link.deleted', 'comment.deleted');
$$;
--> statement-breakpoint
-- The comments that the staged lines lead to. One whose text was deleted while the file was made has none.
create or replace function import_comments(job uuid) returns setof comments language sql stable as $$
  select row.* from import_last(job, 'comment') c,
  lateral jsonb_populate_record(null::comments, c.data || jsonb_build_object('body', coalesce(c.data ->> 'body', ''))) as row
  where exists (select 1 from tasks t where t.id = row.task_id);
$$;
--> statement-breakpoint
-- Makes the project of the staged lines, 1 to `lines`, and forgets them. For the actor of this transaction.
-- What the file's tasks were late with is not told. What was under way as it was exported is not here: columns stay,
-- and who was still to be taken off tasks is.
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid; made int; said int;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('event_seq', lines, 'task_counter', counter, 'charged_to', importer, 'task_count', 0, 'comment_total', 0, 'quotas', '{}', 'stream_epoch', gen_random_uuid())) as row;
  insert into board_columns select row.* from import_last(job, 'column') c, jsonb_populate_record(null::board_columns, c.data) as row;
  insert into project_members select distinct on (row.user_id) row.* from import_last(job, 'member') m,
    jsonb_populate_record(null::project_members, m.data) as row order by row.user_id, role_rank(row.role) desc, m.seq;
  insert into tasks select * from import_tasks(job);
  get diagnostics made = row_count;
  insert into task_links select row.* from import_last(job, 'link') l, jsonb_populate_record(null::task_links, l.data) as row
    where row.other_task_id is not null;
  insert into comments select * from import_comments(job);
  get diagnostics said = row_count;
  update projects set task_count = made, comment_total = said where id = project;
  insert into activity_logs select row.* from import_lines l,
    jsonb_populate_record(null::activity_logs, case when l.entry ->> 'entity' = 'comment' then l.entry #- '{data,body}' else l.entry end) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer), import_settle_links(job, project);
  update board_columns set pending = null where project_id = project and pending is not null;
  perform leave_for_later(project, 'assignments', former.id::text)
    from (select distinct unnest(assignee_ids) as id from tasks where project_id = project) former
    where not exists (select 1 from project_members m where m.project_id = project and m.user_id = former.id);
  perform import_invite(project, importer);
  perform let_rest(project);
  delete from imports where id = job;
end $$;
--> statement-breakpoint
-- Deletes for good what has been in a project's trash since before `cutoff`, journalled: at most
-- `batch` rows in one call, so that nobody waits long for the project's lock. Returns how many rows it
-- has written; fewer than `batch` means that nothing is left. The comments of a task go with it, and count: one task may
-- exceed the batch by its own. Subtasks are taken off their parents, and links removed, first: foreign keys would do so
-- for all of them at once.
create or replace function purge_trash(project uuid, cutoff timestamptz, batch int) returns int language plpgsql as $$
declare due uuid[]; freed int; gone int; said int;
begin
  perform set_config('lock_timeout', '1s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  due := array(select id from (
    select id, deleted_at, sum(1 + comment_count) over by_age - 1 - comment_count as before from (
      select t.id, t.deleted_at, t.comment_count from tasks t where t.project_id = project and t.deleted_at <= cutoff
      order by t.deleted_at, t.id limit batch) oldest
    window by_age as (order by deleted_at, id)) sized
    where before < batch order by deleted_at, id);
  update tasks set parent_id = null where id in (select c.id from tasks c where c.parent_id = any(due) limit batch);
  get diagnostics freed = row_count;
  if freed = batch then
    return batch;
  end if;
  delete from task_links where id in (select l.id from task_links l
    where l.project_id = project and (l.task_id = any(due) or coalesce(l.other_task_id, l.foreign_task_id) = any(due)) limit batch - freed);
  get diagnostics gone = row_count;
  freed := freed + gone;
  if freed = batch then
    return batch;
  end if;
  due := due[1:batch - freed];
  select coalesce(sum(comment_count), 0) into said from tasks where id = any(due);
  delete from tasks where id = any(due);
  get diagnostics gone = row_count;
  return freed + gone + said;
end $$;
--> statement-breakpoint
-- A row as clients see it: instants as RFC 3339 UTC with milliseconds, ranks as text (more digits
-- than a double holds), no counters that change with every event, what bounds a project, what not all of its members may
-- see, and no text that may have to be forgotten.
create or replace function journal_row(r jsonb) returns jsonb language sql immutable as $$
  select (r - '{event_seq,stream_epoch,task_counter,task_count,comment_total,charged_to,quotas,foreign_task_id,body}'::text[]) || coalesce((
    select jsonb_object_agg(key, case
      when key = 'position' then to_jsonb(value #>> '{}')
      else to_jsonb(to_char((value #>> '{}')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    end)
    from jsonb_each(r)
    where (key = 'position' or key like '%\_at') and value <> 'null'), '{}');
$$;
--> statement-breakpoint
-- A row of the journal, or a kept answer, as it is read. The text of a comment is not in it, since nothing there can be
-- deleted: it is joined as long as the comment is there. Only comments have `edited_at`.
create or replace function with_text(data jsonb, absent text default null) returns jsonb language sql stable as $$
  select case when data ? 'edited_at'
    then data || jsonb_build_object('body', coalesce((select c.body from comments c where c.id = (data ->> 'id')::uuid), absent))
    else data end;
$$;
--> statement-breakpoint
-- A row of the journal as events have it.
create or replace function event_row(a activity_logs) returns jsonb language sql stable as $$
  select case when a.entity = 'comment' then journal_row(to_jsonb(a)) || jsonb_build_object('data', with_text(a.data))
    else journal_row(to_jsonb(a)) end;
$$;
--> statement-breakpoint
-- BEFORE INSERT OR UPDATE: lock the project and stamp the row. What changes nothing is not stamped.
create or replace function journal_stamp() returns trigger language plpgsql as $$
declare counter int; project_key text;
begin
  if tg_op = 'UPDATE' then
    if current_setting('flowtrack.renumbering', true) = 'on' then
      return new;
    end if;
    new.seq := old.seq;
    new.updated_at := old.updated_at;
    if new is not distinct from old then
      return new;
    end if;
    if new.id <> old.id or new.project_id <> old.project_id then
      perform fail('FT500', 'identity_is_immutable');
    end if;
    if tg_table_name = 'project_members' then
      if new.user_id <> old.user_id then
        perform fail('FT500', 'identity_is_immutable');
      end if;
    elsif tg_table_name = 'comments' then
      if new.task_id <> old.task_id then
        perform fail('FT500', 'identity_is_immutable');
      end if;
    end if;
    new.seq := next_seq(new.project_id);
  elsif tg_table_name = 'tasks' then
    update projects set event_seq = event_seq + 1, task_counter = task_counter + 1, task_count = task_count + 1
      where id = new.project_id returning event_seq, task_counter, key into new.seq, counter, project_key;
    new.number := project_key || '-' || counter;
  else
    new.seq := next_seq(new.project_id);
  end if;
  new.updated_at := clock_timestamp();
  return new;
end $$;
--> statement-breakpoint
-- AFTER INSERT, UPDATE OR DELETE: one journal row for the change, of the moment that the row itself has.
-- TG_ARGV: the entity, and what this entity calls being created and deleted.
create or replace function journal_write() returns trigger language plpgsql as $$
declare
  entity text := tg_argv[0];
  verb text;
  changes jsonb := '{}';
  o jsonb; n jsonb; task uuid; deleted_seq bigint;
begin
  if tg_op = 'DELETE' then
    if entity = 'comment' then
      if not exists (select 1 from tasks where id = old.task_id) then -- its task is purged: that event says so
        return null;
      end if;
    end if;
    update projects set event_seq = event_seq + 1, task_count = task_count - (entity = 'task')::int
      where id = old.project_id returning event_seq into deleted_seq;
    if deleted_seq is null then -- the whole project goes: its own last event says so
      return null;
    end if;
    o := journal_row(to_jsonb(old));
    task := case when entity = 'task' then old.id else (o ->> 'task_id')::uuid end;
    perform journal_append(old.project_id, deleted_seq, entity || '.' || tg_argv[2], entity, old.id, task, '{}', o);
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if new.seq = old.seq or current_setting('flowtrack.renumbering', true) = 'on' then
      return null;
    end if;
    o := journal_row(to_jsonb(old));
  end if;
  n := journal_row(to_jsonb(new));
  if tg_op = 'INSERT' then
    verb := tg_argv[1];
  else
    changes := journal_changes(o, n);
    verb := case
      when entity <> 'task' then 'updated'
      when changes ? 'deleted_at' then case when n -> 'deleted_at' = 'null' then 'restored' else 'deleted' end
      when changes ?| '{status,position}' then 'moved'
      else 'updated' end;
  end if;
  task := case when entity = 'task' then new.id else (n ->> 'task_id')::uuid end;
  perform journal_append(new.project_id, new.seq, entity || '.' || verb, entity, new.id, task, changes, n, new.updated_at);
  return null;
end $$;
--> statement-breakpoint
-- Tells people of one journal row: those with an active account who are members now, and not the
-- one who did it. Once per kind and row, whatever happens; or per kind and thing that it is `about`.
create or replace function notify_people(event activity_logs, kind text, people uuid[], facts jsonb, about uuid default null) returns void language sql as $$
  insert into notifications (id, user_id, kind, project_id, task_id, actor_id, event_seq, dedupe_key, data)
  select uuid_v7(), u.id, kind, event.project_id, event.task_id, event.user_id, event.seq,
         kind || ':' || coalesce(about::text, event.project_id || ':' || event.seq),
         facts || jsonb_build_object('project_key', p.key, 'project_name', p.name)
  from users u
  join project_members m on m.user_id = u.id and m.project_id = event.project_id
  join projects p on p.id = event.project_id
  where u.id = any(people) and u.is_active and u.id is distinct from event.user_id
  on conflict do nothing;
$$;
--> statement-breakpoint
-- Whom a comment mentions, each once, however often it is edited. Of its text nothing is kept here.
create or replace function notify_of_comment(event activity_logs) returns void language plpgsql as $$
declare people uuid[]; facts jsonb;
begin
  select mentioned_in(c.body), jsonb_build_object('number', t.number, 'title', t.title, 'comment_id', c.id) into people, facts
    from comments c join tasks t on t.id = c.task_id where c.id = event.entity_id;
  if people <> '{}' then
    perform notify_people(event, 'mentioned', people, facts, event.entity_id);
  end if;
end $$;
--> statement-breakpoint
create or replace function journal_notify() returns trigger language plpgsql as $$
declare person uuid[];
begin
  if new.entity = 'task' then
    perform notify_of_task(new);
    return null;
  elsif new.entity = 'comment' then
    perform notify_of_comment(new);
    return null;
  end if;
  person := array[(new.data ->> 'user_id')::uuid];
  if new.action = 'member.added' then
    perform notify_people(new, 'project_invited', person, jsonb_build_object('role', new.data -> 'role'));
  elsif new.changes ? 'role' then
    perform notify_people(new, 'role_changed', person, jsonb_build_object('role', new.changes -> 'role'));
  end if;
  return null;
end $$;
--> statement-breakpoint
drop trigger journal_30_notify on activity_logs;
--> statement-breakpoint
create trigger journal_30_notify after insert on activity_logs for each row
  when (not importing() and new.action in ('task.created', 'task.updated', 'task.moved', 'member.added', 'member.updated', 'comment.created', 'comment.updated')) execute function journal_notify();
--> statement-breakpoint
create trigger journal_10_stamp before insert or update on comments for each row when (not importing()) execute function journal_stamp();
--> statement-breakpoint
create trigger journal_10_write after insert or update or delete on comments for each row when (not importing()) execute function journal_write('comment', 'created', 'deleted');
--> statement-breakpoint
create trigger journal_20_count after insert or delete on comments for each row when (not importing()) execute function comments_counted();
--> statement-breakpoint
create trigger refuse_truncate before truncate on comments for each statement execute function refuse_truncate();
