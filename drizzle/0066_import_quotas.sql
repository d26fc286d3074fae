-- An imported project had the text `{}` in place of an object, so that its quotas were stored, and did not apply.
-- Imports under way end first. If one takes longer, this fails at once, and is to be run again: a wait for this lock
-- would hold up every request to a project.
set local lock_timeout = '3s';
--> statement-breakpoint
lock table projects in access exclusive mode;
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
  perform import_invite(project, importer);
  perform set_reminder_floor(project);
  delete from imports where id = job;
end $$;
--> statement-breakpoint
-- What administrators have set since is kept. An empty part stands for a reset: it does not say of which quota.
update projects p set quotas = coalesce((
  with parts as (
    select value, n from jsonb_array_elements(case jsonb_typeof(p.quotas) when 'array' then p.quotas else '[]' end)
      with ordinality part (value, n))
  select jsonb_object_agg(quota.key, quota.value order by n)
  from parts, jsonb_each(case jsonb_typeof(value) when 'object' then value else '{}' end) quota
  where n > (select coalesce(max(n), 0) from parts where value = '{}')), '{}')
where jsonb_typeof(quotas) <> 'object';
--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_quotas" CHECK (jsonb_typeof(quotas) = 'object');
