-- A move names another task, however each of the two is named. A transfer holds no lock of strangers while it copies, and
-- acts are done project by project. Texts that say what to do.
create or replace function require_other_task(project uuid, card uuid, neighbour uuid, path text) returns void language plpgsql as $$
begin
  if neighbour = card then
    perform fail('FT422', 'validation_failed', jsonb_build_object('path', path, 'message', 'must be another task'));
  end if;
  perform require_neighbour(project, neighbour, path);
end $$;
--> statement-breakpoint
create or replace function move_task(named text, column_key text, before_task uuid, after_task uuid) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); project uuid := current_setting('flowtrack.project')::uuid;
begin
  if before_task is not null or after_task is not null then -- though the card may be gone
    perform require_other_task(project, card_id, before_task, 'before'), require_other_task(project, card_id, after_task, 'after');
  end if;
  return task_or_seq(place_task(card_id, project, column_key, before_task, after_task));
end $$;
--> statement-breakpoint
create or replace function bulk_move(op jsonb, project uuid) returns tasks language plpgsql as $$
declare t tasks; card_id uuid := task_id(op ->> 'id'); before_task uuid := (op ->> 'before')::uuid; after_task uuid := (op ->> 'after')::uuid;
begin
  if op ?| '{before,after}' then
    perform operand(op, project), require_other_task(project, card_id, before_task, 'before'), require_other_task(project, card_id, after_task, 'after');
  end if;
  t := place_task(card_id, project, op ->> 'status', before_task, after_task, (op ->> 'seq')::bigint);
  if t.id is null then
    perform operand(op, project);
  end if;
  return t;
end $$;
--> statement-breakpoint
create or replace function transfer_task(named text, there uuid, column_key text, default_tasks int, default_comments int, default_items int)
returns jsonb language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid; before bigint;
  card tasks; was tasks; labels_there record; arrival text; far uuid[]; links int; freed int;
  lists checklists[]; items checklist_items[]; said comments[]; texts search_texts[]; watching uuid[]; members uuid[];
begin
  select * into was from tasks where id = task_id(named) and project_id = here and deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif there = here then
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "must be another project than the task is in"}');
  elsif (select count(*) from (select 1 from tasks where parent_id = was.id limit 501) children) > 500 then
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "cannot take a task with more than 500 subtasks: give them another parent first"}');
  elsif (select sum(octet_length(body)) from comments where task_id = was.id) > 8388608 then -- else it would take too long
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "cannot take a task whose comments have more than 8 MiB of text: delete some first"}');
  end if;
  perform lock_other_side(there);
  select event_seq into before from projects where id = there;
  lists := array(select c from checklists c where c.task_id = was.id order by c.position, c.id);
  items := array(select i from checklists c join checklist_items i on i.checklist_id = c.id where c.task_id = was.id order by i.checklist_id, i.position, i.id);
  said := array(select c from comments c where c.task_id = was.id order by c.id);
  texts := array(select t from search_texts t where t.task_id = was.id and t.id <> was.id);
  perform require_room_for_transfer(there, was, cardinality(lists) + cardinality(items), default_tasks, default_comments, default_items);
  arrival := column_of_arrival(there, was, column_key);
  labels_there := labels_like(was.label_ids, there);
  members := array(select m.user_id from project_members m where m.project_id = there);
  watching := array(select w.user_id from task_watchers w where w.task_id = was.id and w.user_id = any(members));
  links := (select count(*) from task_links where task_id = was.id);
  perform set_config('flowtrack.quiet', 'on', true);
  delete from task_links where project_id in (here, there) and (task_id = was.id or coalesce(other_task_id, foreign_task_id) = was.id);
  update tasks set parent_id = null where parent_id = was.id;
  get diagnostics freed = row_count;
  delete from tasks where id = was.id;
  insert into tasks (id, project_id, number, title, description, status, position, priority, assignee_ids, label_ids, estimate, start_date, due_date,
      archived_at, created_by, created_at, comment_count, checklist_done, checklist_total)
    values (was.id, there, '', was.title, was.description, arrival, null, was.priority,
      array(select a from unnest(was.assignee_ids) with ordinality as assigned(a, n) where a = any(members) order by n), labels_there.kept,
      was.estimate, was.start_date, was.due_date, was.archived_at, was.created_by, was.created_at, was.comment_count, was.checklist_done, was.checklist_total)
    returning * into card;
  -- What search has of the comments is taken along: to make it anew would take most of the time.
  insert into search_texts (id, task_id, project_id, title, body, grams)
    select t.id, card.id, there, t.title, t.body, ts_delete(t.grams, here::text) || array_to_tsvector(array[there::text]) from unnest(texts) t;
  perform bring_along(card, lists, items, said);
  insert into task_watchers (task_id, user_id, project_id) select card.id, person, there from unnest(watching) person;
  far := remove_links(card.id, here, there); -- last, as it locks projects of others
  perform set_config('flowtrack.quiet', 'off', true);
  perform set_config('flowtrack.project', there::text, true), set_config('flowtrack.since', before::text, true);
  return set_config('flowtrack.answer', jsonb_build_object('other_projects', here || far, 'task', journal_row(card) || jsonb_build_object('dropped', jsonb_build_object(
    'labels', labels_there.lost, 'assignee_ids', uuids_without(was.assignee_ids, card.assignee_ids), 'links', links,
    'parent_id', was.parent_id, 'subtasks', freed)))::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function remove_links(card uuid, here uuid, there uuid) returns uuid[] language plpgsql as $$
declare
  actor uuid := current_setting('flowtrack.actor')::uuid; request text := current_setting('flowtrack.request_id');
  far uuid[] := array(select distinct project_id from task_links
    where coalesce(other_task_id, foreign_task_id) = card and project_id not in (here, there) order by 1);
begin
  delete from task_links where project_id in (here, there) and (task_id = card or coalesce(other_task_id, foreign_task_id) = card);
  if far <> '{}' then -- in one order, and who is busy there does not hold up this project for long
    perform set_config('lock_timeout', '1s', true);
    perform 1 from projects where id = any(far) order by id for no key update;
    perform set_actor(null);
    delete from task_links where project_id = any(far) and coalesce(other_task_id, foreign_task_id) = card;
    perform set_actor(actor, request);
  end if;
  return far;
end $$;
--> statement-breakpoint
create or replace function tasks_linked() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('flowtrack.quiet', true) = 'on' then
    return null; -- a transfer, which removes all links itself
  end if;
  if exists (select 1 from projects where id = old.project_id) then -- else all of it goes
    perform refresh_links(old.project_id, old.id);
  end if;
  perform leave_for_later(waiting.project_id, 'links', old.id::text)
    from (select distinct project_id from task_links where coalesce(other_task_id, foreign_task_id) = old.id and project_id <> old.project_id) waiting;
  return null;
end $$;
--> statement-breakpoint
create or replace function keep_comment_text() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from search_texts where id = old.id;
  elsif tg_op = 'UPDATE' or not exists (select 1 from search_texts where id = new.id) then
    perform put_search_text(new.id, new.task_id, new.project_id, '', search_text(new.body));
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function next_act(skipped uuid[]) returns uuid language plpgsql as $$
declare
  last_one uuid := (select project_id from job_cursors where job = 'finish_acts');
  chosen uuid := (select project_id from pending_acts where project_id > last_one and project_id <> all(skipped) order by project_id limit 1);
begin
  if chosen is null then
    chosen := (select project_id from pending_acts where project_id <> all(skipped) order by project_id limit 1);
  end if;
  if chosen is null then
    delete from job_cursors where job = 'finish_acts';
  else
    insert into job_cursors (job, project_id) values ('finish_acts', chosen) on conflict (job) do update set project_id = excluded.project_id;
  end if;
  return chosen;
end $$;
--> statement-breakpoint
create or replace function postpone_act(project uuid) returns void language sql as $$
  update pending_acts set visited_at = clock_timestamp() where (project_id, kind, subject) = (
    select project_id, kind, subject from pending_acts where project_id = project order by visited_at limit 1);
$$;
--> statement-breakpoint
create or replace function end_memberships(person uuid) returns table (project_id uuid, ended boolean) language plpgsql as $$
declare
  left_alone uuid; free uuid[];
  few boolean := (select count(*) from (select 1 from tasks t where t.assignee_ids @> array[person]
    union all select 1 from checklist_items i where i.assignee_id = person
    union all select 1 from project_members m join task_watchers w on w.project_id = m.project_id and w.user_id = person where m.user_id = person
    limit 501) held) <= 500;
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
create or replace function take_project_key(wanted text) returns text language plpgsql as $$
declare outer_limit text := current_setting('lock_timeout');
begin
  perform set_config('lock_timeout', '300ms', true), pg_advisory_xact_lock(hashtextextended('flowtrack.project_key:' || wanted, 0));
  perform set_config('lock_timeout', outer_limit, true);
  return wanted;
exception when lock_not_available then
  perform fail('FT409', 'key_taken');
end $$;
--> statement-breakpoint
create or replace function claim_key(actor uuid, credential uuid, request text, claimed text, print text, secret_hash text default null) returns void language plpgsql as $$
declare kept idempotency_keys; answer jsonb; outer_limit text := current_setting('lock_timeout');
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
  answer := kept.response -> 'body';
  -- The second: a link shows a task that may be in another project.
  if exists (select 1 from unnest(array[kept.response ->> 'project', answer #>> '{task,project_id}']) shown
      where shown is not null and not has_access(shown::uuid, actor, credential)) then
    perform fail('FT404', 'not_found');
  end if;
  if answer ? 'edited_at' then -- a comment, whose task may have gone to another project
    answer := answer || jsonb_build_object('body', coalesce((select c.body from comments c
      where c.id = (answer ->> 'id')::uuid and has_access(c.project_id, actor, credential)), ''));
  end if;
  perform fail('FT200', 'replayed', jsonb_build_object('status', kept.status, 'response', kept.response || jsonb_build_object('body', answer)));
exception when lock_not_available then
  perform fail('FT409', 'idempotency_in_flight');
end $$;
--> statement-breakpoint
create or replace function import_project(job uuid, project uuid, lines bigint, counter int) returns void language plpgsql as $$
declare importer uuid := current_setting('flowtrack.actor')::uuid; made int; said int; listed int; items int;
begin
  if (select count(*) from import_lines where import_id = job and seq between 1 and lines) <> lines then
    perform fail('FT409', 'import_superseded');
  end if;
  perform set_config('flowtrack.importing', 'on', true);
  insert into projects select row.* from import_last(job, 'project') p, jsonb_populate_record(null::projects,
    p.data || jsonb_build_object('key', take_project_key(p.data ->> 'key'), 'event_seq', lines, 'task_counter', counter, 'charged_to', importer, 'task_count', 0, 'comment_total', 0, 'item_total', 0, 'quotas', '{}', 'stream_epoch', gen_random_uuid())) as row;
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
--> statement-breakpoint
create or replace function require_author(comment uuid, deletes boolean) returns void language plpgsql as $$
declare me uuid := current_setting('flowtrack.actor')::uuid; written comments;
begin
  select c.* into written from comments c join tasks t on t.id = c.task_id where c.id = comment and t.deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif written.user_id = me or deletes and (acts_as_admin() or exists (
      select 1 from project_members m where m.project_id = written.project_id and m.user_id = me and m.role = 'manager')) then
    return;
  end if;
  perform fail('FT403', 'forbidden', jsonb_build_object('say', case
    when deletes then 'Only its author or a manager of the project may delete a comment: ask one of them'
    else 'Only its author may edit a comment: write a new comment instead' end));
end $$;
--> statement-breakpoint
create or replace function tasks_rules() returns trigger language plpgsql as $$
declare
  entering boolean; col board_columns; present record; strangers uuid[]; ancestor uuid; depth int := 0;
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
    entering := new.status <> old.status or (new.deleted_at is null and old.deleted_at is not null)
      or (new.archived_at is null and old.archived_at is not null);
    if not entering and new.position = old.position then
      return new;
    end if;
  end if;
  -- The column, and whether the rank is taken in it.
  select c as itself, exists (select 1 from tasks t where t.project_id = new.project_id and t.status = new.status
      and t.deleted_at is null and t.position = new.position and t.id <> new.id) as taken
    into present from board_columns c where c.project_id = new.project_id and c.key = new.status;
  if not found then
    perform fail('FT422', 'column_not_found', '{"path": "status"}');
  end if;
  col := present.itself;
  if col.pending = 'deletion' and entering then
    if tg_op = 'INSERT' or new.status <> old.status then
      perform fail('FT422', 'column_not_found', '{"path": "status"}');
    end if;
    -- Out of the trash or the archive: it is counted where it is to go.
    select c.* into col from board_columns c join pending_acts a on a.project_id = c.project_id and a.target = c.key
      where a.project_id = new.project_id and a.kind = 'deletion' and a.subject = new.status;
  end if;
  -- No rank, or one that is taken in the column (a writer who set only the status): the bottom.
  if new.position is null or present.taken then
    new.position := case tg_op when 'INSERT' then rank_beside(new.project_id, new.status, new.id, null, null, null)
      else task_rank(new.project_id, new.status, new.id) end;
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
    if col.category = 'in_progress' and new.started_at is null and not (tg_op = 'UPDATE'
        and exists (select 1 from board_columns where project_id = old.project_id and key = old.status and category = 'in_progress')) then
      new.started_at := new.updated_at; -- one that was in progress has begun before, although its import did not say when
    end if;
  end if;
  if new.deleted_at is null and new.archived_at is null and col.wip_limit is not null and coalesce(current_setting('flowtrack.draining', true), '') <> 'on' then
    perform check_wip(col, 1, new.id);
  end if;
  return new;
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
--> statement-breakpoint
-- The release that called it is long gone.
drop function if exists assignees_after(uuid, uuid, uuid[], uuid[], bigint);
