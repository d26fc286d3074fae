-- A project out of its journal (POST /projects/import).

-- Whether rows come with their journal. Triggers ask for the setting itself: a function would be parsed in each write.
create or replace function importing() returns boolean language sql stable as $$
  select coalesce(current_setting('flowtrack.importing', true), '') = 'on';
$$;

-- The rows of one kind that the staged lines lead to: each entity's last line, unless that ended it. A task that came back from
-- another project has only what came back with it, and what is later than that.
create or replace function import_last(job uuid, kind text) returns table (seq bigint, data jsonb) language sql stable as $$
  with returned as materialized (
    select l.entry ->> 'entity_id' as id, max(l.seq) as seq from import_lines l
    where l.import_id = job and l.entry ->> 'action' = 'task.created' group by 1 having count(*) > 1)
  select last.seq, last.entry -> 'data' from (
    select distinct on (l.entry ->> 'entity_id') l.seq, l.entry from import_lines l
    where l.import_id = job and l.entry ->> 'entity' = kind
    order by l.entry ->> 'entity_id', l.seq desc) last
  left join returned on returned.id = last.entry #>> '{data,task_id}'
  where (returned.seq is null or last.seq > returned.seq) and last.entry ->> 'action' not in ('member.removed', 'column.deleted', 'label.deleted', 'task.purged', 'link.deleted', 'comment.deleted', 'checklist.deleted', 'checklist_item.deleted');
$$;

-- The tasks that the staged lines lead to. A task whose column got new ranks has another position, and nothing else.
create or replace function import_tasks(job uuid) returns setof tasks language sql stable as $$
  with dealt as (
    select distinct on (rank.key) rank.key as id, l.seq, jsonb_build_object('position', rank.value) as ranked
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
create or replace function import_settle_members(job uuid, project uuid, importer uuid) returns void language plpgsql as $$
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

-- A link to a task of another project is none here, and the journal says so; nor does that task block any more.
create or replace function import_settle_links(job uuid, project uuid) returns void language plpgsql as $$
declare foreign_one record;
begin
  for foreign_one in select l.data from import_last(job, 'link') l where l.data ->> 'other_task_id' is null order by l.seq loop
    perform journal_append(project, next_seq(project), 'link.deleted', 'link', (foreign_one.data ->> 'id')::uuid,
      (foreign_one.data ->> 'task_id')::uuid, '{}', foreign_one.data);
  end loop;
  if exists (select 1 from tasks t where t.project_id = project and t.is_blocked) then
    perform leave_for_later(project, 'links', '');
  end if;
end $$;

-- To be made a member by an import is news, as to be invited is.
create or replace function import_invite(project uuid, importer uuid) returns void language sql as $$
  with fresh as (
  insert into notifications (id, user_id, kind, project_id, actor_id, dedupe_key, data)
  select uuid_v7(), u.id, 'project_invited', p.id, importer, 'project_invited:' || p.id || ':import',
         jsonb_build_object('role', m.role, 'project_key', p.key, 'project_name', p.name)
  from projects p join project_members m on m.project_id = p.id join users u on u.id = m.user_id
  where p.id = project and u.is_active and u.id <> importer and not is_muted(u.id, 'project_invited', p.id)
  returning user_id)
  select note_notified(string_agg(user_id::text, ',')) from fresh;
$$;

-- The comments that the staged lines lead to. One whose text was deleted while the file was made has none.
create or replace function import_comments(job uuid) returns setof comments language sql stable as $$
  select row.* from import_last(job, 'comment') c,
  lateral jsonb_populate_record(null::comments, c.data || jsonb_build_object('body', coalesce(c.data ->> 'body', ''))) as row
  where exists (select 1 from tasks t where t.id = row.task_id);
$$;

-- Makes the project of the staged lines, 1 to `lines`, and forgets them. For the actor of this transaction.
-- What the file's tasks were late with is not told. What was under way as it was exported is not here: columns stay,
-- and who was still to be taken off tasks is.
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid; made int; said int; listed int; items int;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('event_seq', lines, 'task_counter', counter, 'charged_to', importer, 'task_count', 0, 'comment_total', 0, 'item_total', 0, 'quotas', '{}', 'stream_epoch', gen_random_uuid())) as row;
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
  insert into checklists select row.* from import_last(job, 'checklist') c, jsonb_populate_record(null::checklists, c.data) as row
    where exists (select 1 from tasks t where t.id = row.task_id);
  get diagnostics listed = row_count;
  insert into checklist_items select row.* from import_last(job, 'checklist_item') i, jsonb_populate_record(null::checklist_items, i.data) as row
    where exists (select 1 from checklists c where c.id = row.checklist_id);
  get diagnostics items = row_count;
  update projects set task_count = made, comment_total = said, item_total = listed + items where id = project;
  insert into activity_logs select row.* from import_lines l,
    jsonb_populate_record(null::activity_logs, case when l.entry ->> 'entity' = 'comment' then l.entry #- '{data,body}' else l.entry end) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer), import_settle_links(job, project);
  update board_columns set pending = null where project_id = project and pending is not null;
  perform leave_for_later(project, 'assignments', former.id::text)
    from (select unnest(assignee_ids) as id from tasks where project_id = project
      union select assignee_id from checklist_items where project_id = project and assignee_id is not null) former
    where not exists (select 1 from project_members m where m.project_id = project and m.user_id = former.id);
  perform import_invite(project, importer);
  perform let_rest(project);
  delete from imports where id = job;
end $$;
