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
--> statement-breakpoint
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
