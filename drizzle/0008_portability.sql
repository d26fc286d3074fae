CREATE TABLE "import_lines" (
	"import_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"entry" jsonb NOT NULL,
	CONSTRAINT "import_lines_import_id_seq_pk" PRIMARY KEY("import_id","seq")
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "imports_user" UNIQUE("user_id")
);
--> statement-breakpoint
ALTER TABLE "import_lines" ADD CONSTRAINT "import_lines_import_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- A project out of its journal (POST /projects/import). Rows with a past cannot go through the triggers
-- that write the journal: while `import_project` inserts them, and only then, these triggers rest. All
-- constraints hold as ever. The lines were replayed before they were staged (src/features/import-export/replay.ts):
-- what is inserted here is what such a journal leads to, and the journal itself.

create function importing() returns boolean language sql stable as $$
  select coalesce(current_setting('flowtrack.importing', true), '') = 'on';
$$;

create or replace trigger journal_10_stamp before insert or update of id, key, name, description, status, created_by, start_date, due_date, created_at, updated_at, seq
  on projects for each row when (not importing()) execute function projects_stamp();
create or replace trigger journal_10_write after insert or delete or update of id, key, name, description, status, created_by, start_date, due_date, created_at, updated_at, seq
  on projects for each row when (not importing()) execute function projects_write();

create or replace trigger journal_10_stamp before insert or update on project_members for each row when (not importing()) execute function journal_stamp();
create or replace trigger journal_10_stamp before insert or update on board_columns for each row when (not importing()) execute function journal_stamp();
create or replace trigger journal_10_stamp before insert or update on tasks for each row when (not importing()) execute function journal_stamp();

create or replace trigger journal_10_write after insert or update or delete on project_members for each row when (not importing()) execute function journal_write('member', 'added', 'removed');
create or replace trigger journal_10_write after insert or update or delete on board_columns for each row when (not importing()) execute function journal_write('column', 'created', 'deleted');
create or replace trigger journal_10_write after insert or update or delete on tasks for each row when (not importing()) execute function journal_write('task', 'created', 'purged');

create or replace trigger journal_20_rules before insert or update on tasks for each row when (not importing()) execute function tasks_rules();

-- What happened long ago is no news.
create or replace trigger journal_30_notify after insert on activity_logs for each row
  when (not importing() and new.action in ('task.created', 'task.updated', 'task.moved', 'member.added', 'member.updated'))
  execute function journal_notify();

-- One check for each line would take as long as the rest: `import_project` makes one for all.
drop trigger journal_90_verify on activity_logs;
create constraint trigger journal_90_verify after insert on activity_logs deferrable initially deferred
  for each row when (pg_trigger_depth() = 0 and not importing()) execute function journal_verify_row();

-- The rows of one kind that the staged lines lead to: each entity's last line, unless that ended it.
create function import_last(job uuid, kind text) returns table (seq bigint, data jsonb) language sql stable as $$
  select last.seq, last.entry -> 'data' from (
    select distinct on (l.entry ->> 'entity_id') l.seq, l.entry from import_lines l
    where l.import_id = job and l.entry ->> 'entity' = kind
    order by l.entry ->> 'entity_id', l.seq desc) last
  where last.entry ->> 'action' not in ('member.removed', 'column.deleted', 'task.purged');
$$;

-- Tasks also change, all at once, when their column is dealt new ranks: no line of their own says so.
create function import_tasks(job uuid) returns setof tasks language sql stable as $$
  with dealt as (
    select distinct on (rank.key) rank.key as id, l.seq,
           jsonb_build_object('position', rank.value, 'seq', l.seq, 'updated_at', l.entry #> '{data,updated_at}') as ranked
    from import_lines l, jsonb_each(l.entry #> '{data,positions}') rank
    where l.import_id = job and l.entry ->> 'action' = 'column.reordered'
    order by rank.key, l.seq desc)
  select row.* from import_last(job, 'task') t
  left join dealt on dealt.id = t.data ->> 'id' and dealt.seq > t.seq,
  lateral jsonb_populate_record(null::tasks, t.data || coalesce(dealt.ranked, '{}')) as row;
$$;

-- People of the file who are nobody here have become the importer, who then may be a member more than
-- once: the highest role stays, and the journal says that the others have ended. And the importer is a
-- manager in the end, as somebody must be.
create function import_settle_members(job uuid, project uuid, importer uuid) returns void language plpgsql as $$
declare surplus record;
begin
  for surplus in select m.data from import_last(job, 'member') m
      where not exists (select 1 from project_members where id = (m.data ->> 'id')::uuid) order by m.seq loop
    perform journal_append(project, next_seq(project), 'member.removed', 'member', (surplus.data ->> 'id')::uuid, null, '{}', surplus.data);
  end loop;
  update project_members set role = 'manager' where project_id = project and user_id = importer;
  if not found then
    insert into project_members (id, project_id, user_id, role) values (uuid_v7(), project, importer, 'manager');
  end if;
end $$;

-- To be made a member by an import is news, as to be invited is.
create function import_invite(project uuid, importer uuid) returns void language sql as $$
  insert into notifications (id, user_id, kind, project_id, actor_id, dedupe_key, data)
  select uuid_v7(), u.id, 'project_invited', p.id, importer, 'project_invited:' || p.id || ':import',
         jsonb_build_object('role', m.role, 'project_key', p.key, 'project_name', p.name)
  from projects p join project_members m on m.project_id = p.id join users u on u.id = m.user_id
  where p.id = project and u.is_active and u.id <> importer;
$$;

-- Makes the project of the staged lines, 1 to `lines`, and forgets them. For the actor of this transaction.
create function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('event_seq', lines, 'task_counter', counter, 'stream_epoch', gen_random_uuid())) as row;
  insert into board_columns select row.* from import_last(job, 'column') c, jsonb_populate_record(null::board_columns, c.data) as row;
  insert into project_members select distinct on (row.user_id) row.* from import_last(job, 'member') m,
    jsonb_populate_record(null::project_members, m.data) as row order by row.user_id, role_rank(row.role) desc, m.seq;
  insert into tasks select * from import_tasks(job);
  insert into activity_logs select row.* from import_lines l, jsonb_populate_record(null::activity_logs, l.entry) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer);
  perform import_invite(project, importer);
  delete from imports where id = job;
end $$;
