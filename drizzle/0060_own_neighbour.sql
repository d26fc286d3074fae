-- A move names another task, however each of the two is named; texts that say what to do; clearer names.
drop function if exists require_neighbour(uuid, uuid, text);
--> statement-breakpoint
create or replace function require_neighbour(project uuid, card uuid, neighbour uuid, path text) returns void language plpgsql as $$
begin
  if neighbour = card then
    perform fail('FT422', 'validation_failed', jsonb_build_object('path', path, 'message', 'must be another task'));
  elsif neighbour is not null and not exists (select 1 from tasks where id = neighbour and project_id = project) then
    perform fail('FT422', 'task_not_found', jsonb_build_object('path', path));
  end if;
end $$;
--> statement-breakpoint
create or replace function move_task(named text, column_key text, before_task uuid, after_task uuid) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); project uuid := current_setting('flowtrack.project')::uuid;
begin
  if before_task is not null or after_task is not null then -- though the card may be gone
    perform require_neighbour(project, card_id, before_task, 'before'), require_neighbour(project, card_id, after_task, 'after');
  end if;
  return task_or_seq(place_task(card_id, project, column_key, before_task, after_task));
end $$;
--> statement-breakpoint
create or replace function bulk_move(op jsonb, project uuid) returns tasks language plpgsql as $$
declare t tasks; card_id uuid := task_id(op ->> 'id'); before_task uuid := (op ->> 'before')::uuid; after_task uuid := (op ->> 'after')::uuid;
begin
  if op ?| '{before,after}' then
    perform operand(op, project), require_neighbour(project, card_id, before_task, 'before'), require_neighbour(project, card_id, after_task, 'after');
  end if;
  t := place_task(card_id, project, op ->> 'status', before_task, after_task, (op ->> 'seq')::bigint);
  if t.id is null then
    perform operand(op, project);
  end if;
  return t;
end $$;
--> statement-breakpoint
drop function if exists shown_task(jsonb);
--> statement-breakpoint
create or replace function shorten_task(task jsonb) returns jsonb language plpgsql immutable as $$
begin
  if length(task ->> 'description') > 500 then
    return task || jsonb_build_object('description', left(task ->> 'description', 500), 'description_truncated', true);
  end if;
  return task;
end $$;
--> statement-breakpoint
create or replace function apply_operation(op jsonb, project uuid, default_quota int) returns jsonb language plpgsql as $$
declare t tasks; kind text := op ->> 'op'; task jsonb; result jsonb; warning text;
begin
  if kind = 'create' then
    t := bulk_create(op, project, default_quota);
  elsif kind = 'update' then
    t := bulk_update(op, project);
  elsif kind = 'move' then
    t := bulk_move(op, project);
  else
    t := bulk_delete(op, project);
    return '{"op": "delete", "status": 204}';
  end if;
  if t.seq > current_setting('flowtrack.since')::bigint then -- its ranks may have been written anew since
    select data || jsonb_build_object('position', t.position::text) into task from activity_logs where project_id = project and seq = t.seq;
  else
    task := journal_row(t);
  end if;
  result := jsonb_build_object('op', kind, 'status', case kind when 'create' then 201 else 200 end, 'task', shorten_task(task));
  warning := current_setting('flowtrack.warning', true);
  if warning <> '' then
    perform set_config('flowtrack.warning', '', true);
    result := result || jsonb_build_object('warnings', jsonb_build_array(warning::jsonb));
  end if;
  return result;
end $$;
--> statement-breakpoint
create or replace function move_together(ops jsonb, project uuid) returns jsonb language plpgsql
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  target text := ops -> 0 ->> 'status'; bottom numeric; results jsonb; head bigint; reached bigint;
  named uuid[] := array(select task_id(op ->> 'id') from jsonb_array_elements(ops) with ordinality o (op, n)
    where op ->> 'op' = 'move' and op ->> 'status' = target and not op ?| '{seq,before,after}' order by n);
begin
  if cardinality(named) < greatest(jsonb_array_length(ops), 2)
    or (select count(*) from tasks t where t.id = any(named) and t.project_id = project and t.deleted_at is null and t.status <> target) < cardinality(named)
    or not exists (select 1 from board_columns c where c.project_id = project and c.key = target and c.wip_limit is null and c.pending is distinct from 'deletion') then
    return null;
  end if;
  bottom := task_rank(project, target, null);
  select event_seq into head from projects where id = project;
  perform set_config('flowtrack.counting', head::text, true);
  with moved as (
    update tasks t set status = target, position = bottom + 1024 * (o.n - 1)
      from (select id, n from unnest(named) with ordinality o (id, n) order by n) o where t.id = o.id returning t as task, o.n)
  select jsonb_agg(jsonb_build_object('op', 'move', 'status', 200, 'task', shorten_task(journal_row(task))) order by n) into results from moved;
  reached := current_setting('flowtrack.counting')::bigint;
  update projects set event_seq = reached where id = project;
  perform set_config('flowtrack.counting', '', true);
  if reached > head + cardinality(named) then -- tasks were unblocked or blocked, after the rows were returned: perhaps some of these
    select jsonb_agg(jsonb_build_object('op', 'move', 'status', 200, 'task', shorten_task(journal_row(t))) order by o.n) into results
      from unnest(named) with ordinality o (id, n) join tasks t on t.id = o.id;
  end if;
  return results;
end $$;
--> statement-breakpoint
drop function if exists import_last(uuid, text);
--> statement-breakpoint
drop function if exists import_tasks(uuid);
--> statement-breakpoint
create or replace function last_import_rows(job uuid, kind text) returns table (seq bigint, data jsonb) language sql stable as $$
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
--> statement-breakpoint
create or replace function last_import_tasks(job uuid) returns setof tasks language sql stable as $$
  with dealt as (
    select distinct on (rank.key) rank.key as id, l.seq, jsonb_build_object('position', rank.value) as ranked
    from import_lines l, jsonb_each(l.entry #> '{data,positions}') rank
    where l.import_id = job and l.entry ->> 'action' = 'column.reordered'
    order by rank.key, l.seq desc)
  select row.* from last_import_rows(job, 'task') t
  left join dealt on dealt.id = t.data ->> 'id' and dealt.seq > t.seq,
  lateral jsonb_populate_record(null::tasks, t.data || coalesce(dealt.ranked, '{}')) as row;
$$;
--> statement-breakpoint
create or replace function import_settle_members(job uuid, project uuid, importer uuid) returns void language plpgsql as $$
declare surplus record;
begin
  for surplus in select m.data from last_import_rows(job, 'member') m
      where not exists (select 1 from project_members where id = (m.data ->> 'id')::uuid) order by m.seq loop
    perform journal_append(project, next_seq(project), 'member.removed', 'member', (surplus.data ->> 'id')::uuid, null, '{}', surplus.data);
  end loop;
  update project_members set role = 'manager' where project_id = project and user_id = importer;
  if not found then
    insert into project_members (id, project_id, user_id, role) values (uuid_v7(), project, importer, 'manager');
  end if;
end $$;
--> statement-breakpoint
create or replace function import_settle_links(job uuid, project uuid) returns void language plpgsql as $$
declare foreign_one record;
begin
  for foreign_one in select l.data from last_import_rows(job, 'link') l where l.data ->> 'other_task_id' is null order by l.seq loop
    perform journal_append(project, next_seq(project), 'link.deleted', 'link', (foreign_one.data ->> 'id')::uuid,
      (foreign_one.data ->> 'task_id')::uuid, '{}', foreign_one.data);
  end loop;
  if exists (select 1 from tasks t where t.project_id = project and t.is_blocked) then
    perform leave_for_later(project, 'links', '');
  end if;
end $$;
--> statement-breakpoint
create or replace function import_comments(job uuid) returns setof comments language sql stable as $$
  select row.* from last_import_rows(job, 'comment') c,
  lateral jsonb_populate_record(null::comments, c.data || jsonb_build_object('body', coalesce(c.data ->> 'body', ''))) as row
  where exists (select 1 from tasks t where t.id = row.task_id);
$$;
--> statement-breakpoint
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid; made int; said int; listed int; items int;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from last_import_rows(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('event_seq', lines, 'task_counter', counter, 'charged_to', importer, 'task_count', 0, 'comment_total', 0, 'item_total', 0, 'quotas', '{}', 'stream_epoch', gen_random_uuid())) as row;
  insert into board_columns select row.* from last_import_rows(job, 'column') c, jsonb_populate_record(null::board_columns, c.data) as row;
  insert into labels select row.* from last_import_rows(job, 'label') l, jsonb_populate_record(null::labels, l.data) as row;
  insert into project_members select distinct on (row.user_id) row.* from last_import_rows(job, 'member') m,
    jsonb_populate_record(null::project_members, m.data) as row order by row.user_id, role_rank(row.role) desc, m.seq;
  insert into tasks select * from last_import_tasks(job);
  get diagnostics made = row_count;
  insert into task_links select row.* from last_import_rows(job, 'link') l, jsonb_populate_record(null::task_links, l.data) as row
    where row.other_task_id is not null;
  insert into comments select * from import_comments(job);
  get diagnostics said = row_count;
  insert into checklists select row.* from last_import_rows(job, 'checklist') c, jsonb_populate_record(null::checklists, c.data) as row
    where exists (select 1 from tasks t where t.id = row.task_id);
  get diagnostics listed = row_count;
  insert into checklist_items select row.* from last_import_rows(job, 'checklist_item') i, jsonb_populate_record(null::checklist_items, i.data) as row
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
--> statement-breakpoint
-- The release that called it is long gone.
drop function if exists assignees_after(uuid, uuid, uuid[], uuid[], bigint);
--> statement-breakpoint
create or replace function unassign(project uuid, person uuid, since bigint, most int) returns boolean language plpgsql as $$
declare taken int; more int;
begin
  perform set_config('flowtrack.quiet', 'on', true);
  perform end_claims_of(project, person, since, most);
  perform set_config('flowtrack.quiet', 'off', true), set_config('flowtrack.draining', 'on', true);
  update tasks set assignee_ids = array_remove(assignee_ids, person) where id in (select assigned_by(project, person, since, most));
  get diagnostics taken = row_count;
  update checklist_items set assignee_id = null where id in (select items_assigned_by(project, person, since, most - taken));
  get diagnostics more = row_count;
  perform set_config('flowtrack.draining', 'off', true);
  return taken + more = most;
end $$;
--> statement-breakpoint
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
    when deletes then 'Only its author or a manager of the project may delete a comment: ask one of them'
    else 'Only its author may edit a comment: write a new comment instead' end));
end $$;
--> statement-breakpoint
create or replace function require_room_for_link(project uuid, person uuid, default_quota int, most int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'links', default_quota);
begin
  perform 1 from projects where id = project for no key update;
  perform 1 from users where id = person for no key update;
  delete from report_links where id in (
    select l.id from report_links l where l.user_id = person and (l.revoked_at is not null or l.expires_at <= now()) order by l.id desc offset most);
  if (select count(*) from report_links l where l.user_id = person and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= most then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', most, 'say',
      format('You may have %s report links: withdraw one by DELETE /reports/links/{id}, or wait until one expires', most)));
  elsif (select count(*) from report_links l where l.project_id = project and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= allowed then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s report links: let a manager withdraw some by DELETE /reports/links/{id}, or ask an administrator for more', allowed)));
  end if;
end $$;
