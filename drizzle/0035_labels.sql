CREATE TABLE "labels" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	"color" text,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "label_ids" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "labels" ADD CONSTRAINT "labels_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "labels_name_key" ON "labels" USING btree ("project_id",folded("name"));--> statement-breakpoint
CREATE INDEX "tasks_labels" ON "tasks" USING gin ("label_ids");--> statement-breakpoint

-- The labels of a project among these, in their order, each once.
create or replace function present_labels(project uuid, ids uuid[]) returns uuid[] language plpgsql stable as $$
begin
  return array(select l.id from labels l where l.project_id = project and l.id = any(ids) order by array_position(ids, l.id));
end $$;
--> statement-breakpoint
-- Before the row is stamped: what differs in labels that are gone is no change.
create or replace function tasks_same_labels() returns trigger language plpgsql as $$
begin
  if present_labels(new.project_id, new.label_ids) = present_labels(old.project_id, old.label_ids) and old.label_ids @> new.label_ids then
    new.label_ids := old.label_ids;
  end if;
  return new;
end $$;
--> statement-breakpoint
-- A task has labels of its project only. One that is gone is dropped: who names it has not seen its end yet.
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
    perform fail('FT422', 'validation_failed', '{"path": "label_ids", "message": "are at most 50: take one off first"}');
  end if;
  new.label_ids := present;
  return new;
end $$;
--> statement-breakpoint
-- Two labels of a project have two names, as people read them.
create or replace function labels_rules() returns trigger language plpgsql as $$
declare other labels;
begin
  select * into other from labels where project_id = new.project_id and folded(name) = folded(new.name) and id <> new.id;
  if found then
    perform fail('FT409', 'label_name_taken', jsonb_build_object('label', jsonb_build_object('id', other.id, 'name', other.name), 'say',
      format('The label “%s” has this name: use it, or choose another name', other.name)));
  end if;
  return new;
end $$;
--> statement-breakpoint
-- A row as it was. A task had no labels that were gone: their own event took them off (labels.sql).
create or replace function journal_old(r jsonb, entity text) returns jsonb language plpgsql stable as $$
begin
  if entity = 'task' and r -> 'label_ids' <> '[]' then
    r := r || jsonb_build_object('label_ids', present_labels((r ->> 'project_id')::uuid, uuids(r -> 'label_ids')));
  end if;
  return journal_row(r);
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
    o := journal_old(to_jsonb(old), entity);
    task := case when entity = 'task' then old.id else (o ->> 'task_id')::uuid end;
    perform journal_append(old.project_id, deleted_seq, entity || '.' || tg_argv[2], entity, old.id, task, '{}', o);
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if new.seq = old.seq or current_setting('flowtrack.renumbering', true) = 'on' then
      return null;
    end if;
    o := journal_old(to_jsonb(old), entity);
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
-- FT409 when what was just inserted is one too many. After the insert, whose own refusals say more.
create or replace function check_room(project uuid, what text, usual int) returns void language plpgsql as $$
declare allowed int := project_quota(project, what, usual);
begin
  if what = 'columns' and (select count(*) from board_columns where project_id = project) > allowed then
    perform fail('FT409', 'too_many_columns', jsonb_build_object('limit', allowed, 'say',
      format('This board may have %s columns: delete one first, or ask an administrator for more', allowed)));
  elsif what = 'labels' and (select count(*) from labels where project_id = project) > allowed then
    perform fail('FT409', 'too_many_labels', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s labels: delete one first, or ask an administrator for more', allowed)));
  elsif what = 'members' and (select count(*) from project_members where project_id = project) > allowed then
    perform fail('FT409', 'too_many_members', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s members: remove one first, or ask an administrator for more', allowed)));
  end if;
end $$;
--> statement-breakpoint
-- base_seq: FT409 with both values when a field is no longer as it was at `base`, nor as it is proposed now; fields
-- that nobody touched merge, and so does what was changed and changed back. Sets are merged where they are written
-- (set_after).
create or replace function require_mergeable(project uuid, row_id uuid, base bigint, proposed jsonb) returns void language plpgsql as $$
declare clashes jsonb;
begin
  if base > (select event_seq from projects where id = project) then
    perform fail('FT422', 'validation_failed', '{"path": "base_seq"}');
  end if;
  with changed as (
    select key, (array_agg(value -> 0 order by seq))[1] as was, (array_agg(value -> 1 order by seq desc))[1] as theirs
    from activity_logs, jsonb_each(changes)
    where project_id = project and entity_id = row_id and seq > base and key not in ('assignee_ids', 'label_ids')
    group by key)
  select jsonb_object_agg(key, jsonb_build_object('yours', yours.value, 'theirs', theirs)) into clashes
  from changed join jsonb_each(proposed) yours using (key)
  where theirs <> was and yours.value <> theirs;
  if clashes is not null then
    perform fail('FT409', 'edit_conflict', jsonb_build_object('conflicts', clashes));
  end if;
end $$;
--> statement-breakpoint
-- The set that a list comes to, as this field of a task, under the project's lock. `base` is the seq of the copy
-- that was edited: what others did since stays, as in a merge of sets. Without it the list replaces what is there, with
-- one exception: who put themselves on the task, or took themselves off, as it was less than two seconds ago
-- cannot have seen what somebody else did meanwhile, and so undoes nothing of it.
create or replace function set_after(project uuid, task uuid, field text, present uuid[], listed uuid[], base bigint) returns uuid[] language plpgsql stable as $$
declare me uuid := nullif(current_setting('flowtrack.actor'), 'system')::uuid; event record; before uuid[];
begin
  if same_people(present, listed) then
    return present; -- another order is no change
  end if;
  for event in select seq, user_id, created_at, changes from activity_logs
      where project_id = project and entity_id = task order by seq desc loop
    exit when event.seq <= base or base is null and event.created_at < now() - interval '2 seconds';
    continue when not event.changes ? field;
    exit when base is null and event.user_id = me; -- this list is of what I have made of it since
    before := uuids(event.changes #> array[field, '0']);
    if base is null and uuids_without(listed, before) || uuids_without(before, listed) = array[me] then
      return people_with(present, uuids_without(listed, before), uuids_without(before, listed));
    end if;
  end loop;
  if base is null or before is null then
    return listed;
  end if;
  return people_with(present, uuids_without(listed, before), uuids_without(before, listed));
end $$;
--> statement-breakpoint
-- What the release before labels calls, while it still runs.
create or replace function assignees_after(project uuid, task uuid, present uuid[], listed uuid[], base bigint) returns uuid[] language sql stable as $$
  select set_after(project, task, 'assignee_ids', present, listed, base);
$$;
--> statement-breakpoint
-- The first cards of a column. `rest`: about the bytes of a card's JSON beside its texts; `length`: of these, which asks for no text.
create or replace function first_cards(project uuid, column_key text, most int)
returns table (id uuid, rank numeric, title text, description text, rest int, length int) language sql stable as $$
  select t.id, t.position, t.title, t.description, 720 + 40 * cardinality(t.assignee_ids || t.label_ids), octet_length(t.title) + octet_length(t.description)
  from tasks t where t.project_id = project and t.status = column_key and t.deleted_at is null order by t.position, t.id limit most;
$$;
--> statement-breakpoint
-- The rows of one kind that the staged lines lead to: each entity's last line, unless that ended it.
create or replace function import_last(job uuid, kind text) returns table (seq bigint, data jsonb) language sql stable as $$
  select last.seq, last.entry -> 'data' from (
    select distinct on (l.entry ->> 'entity_id') l.seq, l.entry from import_lines l
    where l.import_id = job and l.entry ->> 'entity' = kind
    order by l.entry ->> 'entity_id', l.seq desc) last
  where last.entry ->> 'action' not in ('member.removed', 'column.deleted', 'label.deleted', 'task.purged', 'link.deleted', 'comment.deleted');
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
  insert into labels select row.* from import_last(job, 'label') l, jsonb_populate_record(null::labels, l.data) as row;
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
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON labels FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION journal_stamp();
--> statement-breakpoint
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON labels FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION journal_write('label', 'created', 'deleted');
--> statement-breakpoint
CREATE TRIGGER journal_20_rules BEFORE INSERT OR UPDATE OF name ON labels FOR EACH ROW WHEN (NOT importing()) EXECUTE FUNCTION labels_rules();
--> statement-breakpoint
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON labels FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
--> statement-breakpoint
CREATE TRIGGER journal_05_labels BEFORE UPDATE OF label_ids ON tasks FOR EACH ROW WHEN (((NOT importing()) AND (new.label_ids <> old.label_ids))) EXECUTE FUNCTION tasks_same_labels();
--> statement-breakpoint
CREATE TRIGGER journal_15_labels BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW WHEN (((NOT importing()) AND (new.label_ids <> '{}'::uuid[]))) EXECUTE FUNCTION tasks_labels();
