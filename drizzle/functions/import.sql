-- Makes a project from an exported journal (POST /projects/import). While the setting flowtrack.importing is 'on',
-- the triggers that check, journal, count and notify do nothing: for rows that come with their journal
-- (import_project) or with a transferred task (bring_along), and for rows of a deleted project (remove_tasks).

-- The last state of each entity of one kind in the staged lines, unless its last line deleted it. For a task that left
-- for another project and came back, only the rows count that came back with it or are later.
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

-- The tasks that result from the staged lines. If the column of a task got new ranks later, the task has its new
-- position.
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

-- The importer is recorded in place of strangers, and so may be a member more than once: the highest role stays,
-- and the journal records the end of the others. Then the importer becomes a manager, as each project needs one.
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

-- Links to tasks of other projects are not imported: the journal records that they were deleted. Tasks that only they
-- blocked are unblocked in steps.
create or replace function import_settle_links(job uuid, project uuid) returns void language plpgsql as $$
declare foreign_one record;
begin
  for foreign_one in select l.data from import_last(job, 'link') l where l.data ->> 'other_task_id' is null order by l.seq loop
    perform journal_append(project, next_seq(project), 'link.deleted', 'link', (foreign_one.data ->> 'id')::uuid,
      (foreign_one.data ->> 'task_id')::uuid, '{}', foreign_one.data);
  end loop;
  if exists (select 1 from tasks t where t.project_id = project and t.is_blocked) then
    perform add_pending_act(project, 'links', '');
  end if;
end $$;

-- Makes members watch the imported tasks that they created, commented on or are assigned to, at most 100 a task. Not
-- the importer for what they created: they also stand in for strangers.
create or replace function import_watchers(project uuid, importer uuid) returns void language sql as $$
  insert into task_watchers (task_id, user_id, project_id)
  select ranked.task_id, ranked.user_id, project from (
    select who.task_id, who.user_id, row_number() over (partition by who.task_id order by who.user_id) as place from (
      select t.id, unnest(t.assignee_ids) from tasks t where t.project_id = project
      union select i.task_id, i.assignee_id from project_members m
        join checklist_items i on i.assignee_id = m.user_id and i.project_id = m.project_id where m.project_id = project
      union select t.id, t.created_by from tasks t where t.project_id = project and t.created_by <> importer
      union select c.task_id, c.user_id from comments c where c.project_id = project
    ) who (task_id, user_id) join project_members m on m.project_id = project and m.user_id = who.user_id) ranked
  where ranked.place <= 100
$$;

-- Notifies the people whom an import made members, as an invitation would.
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

-- The comments that result from the staged lines. One whose text was deleted while the file was made has an empty
-- text.
create or replace function import_comments(job uuid) returns setof comments language sql stable as $$
  select row.* from import_last(job, 'comment') c,
  lateral jsonb_populate_record(null::comments, c.data || jsonb_build_object('body', coalesce(c.data ->> 'body', ''))) as row
  where exists (select 1 from tasks t where t.id = row.task_id);
$$;

-- Makes a project of the staged lines 1 to `lines`, for the actor of this transaction, and deletes them; FT409 when
-- lines are missing, since another import has taken their place. Tasks that are overdue already cause no reminders.
-- If acts were pending at the export, columns to be deleted stay, and former members are taken off tasks again.
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid; task_rows int; comment_rows int; checklist_rows int; item_rows int;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('key', take_project_key(p.data ->> 'key'), 'event_seq', lines, 'task_counter', counter, 'charged_to', importer, 'task_count', 0, 'comment_total', 0, 'item_total', 0, 'quotas', '{}'::jsonb, 'stream_epoch', gen_random_uuid())) as row;
  insert into board_columns select row.* from import_last(job, 'column') c, jsonb_populate_record(null::board_columns, c.data) as row;
  insert into labels select row.* from import_last(job, 'label') l, jsonb_populate_record(null::labels, l.data) as row;
  insert into project_members select distinct on (row.user_id) row.* from import_last(job, 'member') m,
    jsonb_populate_record(null::project_members, m.data) as row order by row.user_id, role_rank(row.role) desc, m.seq;
  insert into tasks select * from import_tasks(job);
  get diagnostics task_rows = row_count;
  insert into task_links select row.* from import_last(job, 'link') l, jsonb_populate_record(null::task_links, l.data) as row
    where row.other_task_id is not null;
  insert into comments select * from import_comments(job);
  get diagnostics comment_rows = row_count;
  insert into checklists select row.* from import_last(job, 'checklist') c, jsonb_populate_record(null::checklists, c.data) as row
    where exists (select 1 from tasks t where t.id = row.task_id);
  get diagnostics checklist_rows = row_count;
  insert into checklist_items select row.* from import_last(job, 'checklist_item') i, jsonb_populate_record(null::checklist_items, i.data) as row
    where exists (select 1 from checklists c where c.id = row.checklist_id);
  get diagnostics item_rows = row_count;
  update projects set task_count = task_rows, comment_total = comment_rows, item_total = checklist_rows + item_rows where id = project;
  insert into activity_logs select row.* from import_lines l,
    jsonb_populate_record(null::activity_logs, case when l.entry ->> 'entity' = 'comment' then l.entry #- '{data,body}' else l.entry end) as row
    where l.import_id = job order by l.seq;
  perform set_config('flowtrack.importing', 'off', true), set_config('flowtrack.since', lines::text, true);
  perform import_settle_members(job, project, importer), import_settle_links(job, project);
  update board_columns set pending = null where project_id = project and pending is not null;
  perform add_pending_act(project, 'assignments', former.id::text)
    from (select unnest(assignee_ids) as id from tasks where project_id = project
      union select assignee_id from checklist_items where project_id = project and assignee_id is not null) former
    where not exists (select 1 from project_members m where m.project_id = project and m.user_id = former.id);
  perform import_watchers(project, importer), import_invite(project, importer);
  perform set_reminder_floor(project);
  delete from imports where id = job;
end $$;
