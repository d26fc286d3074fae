-- Parameters and two functions have names that say what they are.
create or replace function report_pending(project uuid) returns void language sql as $$
  select set_config('flowtrack.left', concat_ws(',', nullif(current_setting('flowtrack.left', true), ''), project), true);
$$;
--> statement-breakpoint
create or replace function leave_for_later(project uuid, act_kind text, act_subject text, act_target text default null) returns void language sql as $$
  insert into pending_acts (project_id, kind, subject, target, actor, request_id, since)
  select project, act_kind, act_subject, act_target, nullif(current_setting('flowtrack.actor'), 'system')::uuid,
    nullif(current_setting('flowtrack.request_id'), ''), event_seq from projects where id = project
  on conflict (project_id, kind, subject) do update set target = coalesce(excluded.target, pending_acts.target), actor = excluded.actor,
    request_id = excluded.request_id, since = excluded.since, reached = null;
  select report_pending(project);
$$;
--> statement-breakpoint
create or replace function projects_gone() returns trigger language plpgsql as $$
begin
  delete from pending_acts where project_id = old.id;
  if clear_project(old.id, 500) then
    insert into pending_acts (project_id, kind, subject, since) values (old.id, 'project', '', old.event_seq);
    perform report_pending(old.id);
  end if;
  return null;
end $$;
--> statement-breakpoint
create or replace function delete_column(project uuid, column_key text, into_column text) returns void language plpgsql as $$
declare live int; col board_columns; head bigint := (select event_seq from projects where id = project);
begin
  if exists (select 1 from tasks where project_id = project and status = column_key)
    or exists (select 1 from pending_acts where project_id = project and kind = 'deletion' and target = column_key) then
    if into_column is null then
      perform fail('FT409', 'column_not_empty', jsonb_build_object('column', column_key, 'count',
        (select count(*) from tasks where project_id = project and status = column_key)));
    end if;
    select * into col from board_columns where project_id = project and key = into_column and key <> column_key and pending is distinct from 'deletion';
    if not found then
      perform fail('FT422', 'column_not_found', '{"path": "move_to"}');
    end if;
    select count(*) into live from tasks where project_id = project and deleted_at is null and archived_at is null and status = any(array(
      select column_key union all select subject from pending_acts where project_id = project and kind = 'deletion' and target = column_key));
    if not exists (select 1 from pending_acts where project_id = project and kind = 'deletion' and subject = column_key and target = into_column) then
      perform check_wip(col, live);
    end if;
    update pending_acts set target = into_column where project_id = project and kind = 'deletion' and target = column_key;
    if found then
      perform report_pending(project);
    end if;
    if (select count(*) from (select 1 from tasks where project_id = project and status = column_key limit 501) held) > 500 then
      update board_columns set pending = 'deletion' where project_id = project and key = column_key;
      perform leave_for_later(project, 'deletion', column_key, into_column);
      perform notify_of_deletion(project, column_key, into_column, head);
      return;
    end if;
    perform drain_column(project, column_key, into_column);
    perform notify_of_drain(project, head);
  end if;
  delete from pending_acts where project_id = project and kind in ('deletion', 'dates') and subject = column_key;
  delete from board_columns where project_id = project and key = column_key;
end $$;
--> statement-breakpoint
drop function bulk_create(jsonb, uuid, int);
--> statement-breakpoint
create or replace function bulk_create(op jsonb, project uuid, default_quota int) returns tasks language plpgsql as $$
begin
  return create_task(op - 'op' || jsonb_build_object('project_id', project, 'created_by', current_setting('flowtrack.actor')), default_quota);
end $$;
--> statement-breakpoint
drop function apply_operation(jsonb, uuid, int);
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
  result := jsonb_build_object('op', kind, 'status', case kind when 'create' then 201 else 200 end, 'task', shown_task(task));
  warning := current_setting('flowtrack.warning', true);
  if warning <> '' then
    perform set_config('flowtrack.warning', '', true);
    result := result || jsonb_build_object('warnings', jsonb_build_array(warning::jsonb));
  end if;
  return result;
end $$;
--> statement-breakpoint
drop function apply_all(jsonb, int);
--> statement-breakpoint
create or replace function apply_all(ops jsonb, default_quota int) returns jsonb language plpgsql as $$
declare results jsonb[] := '{}'; n int := 0; state text; code text; facts text; broken text; refused jsonb;
begin
  while n < jsonb_array_length(ops) loop
    results := array_append(results, apply_operation(ops -> n, current_setting('flowtrack.project')::uuid, default_quota));
    n := n + 1;
  end loop;
  return to_jsonb(results);
exception when others then
  get stacked diagnostics state = returned_sqlstate, code = message_text, facts = pg_exception_detail, broken = constraint_name;
  refused := refusal_at(n, state, code, facts, broken);
  if refused is null then
    raise;
  end if;
  raise exception using errcode = refused ->> 'code', message = refused ->> 'message', detail = refused ->> 'detail';
end $$;
--> statement-breakpoint
drop function apply_each(jsonb, int);
--> statement-breakpoint
create or replace function apply_each(ops jsonb, default_quota int) returns jsonb language plpgsql as $$
declare results jsonb[] := '{}'; state text; code text; facts text; broken text; refused jsonb;
begin
  for n in 0 .. jsonb_array_length(ops) - 1 loop
    begin
      results := array_append(results, apply_operation(ops -> n, current_setting('flowtrack.project')::uuid, default_quota));
    exception when others then
      get stacked diagnostics state = returned_sqlstate, code = message_text, facts = pg_exception_detail, broken = constraint_name;
      refused := refusal_at(n, state, code, facts, broken);
      if refused is null then
        raise;
      end if;
      results := array_append(results, jsonb_build_object('op', ops -> n -> 'op', 'refused', refused, 'instance', current_setting('flowtrack.request_id')));
    end;
  end loop;
  return to_jsonb(results);
end $$;
--> statement-breakpoint
drop function apply_operations(jsonb, boolean, int);
--> statement-breakpoint
create or replace function apply_operations(ops jsonb, partial boolean, default_quota int) returns text language plpgsql set plan_cache_mode = 'force_generic_plan' as $$
declare results jsonb := move_together(ops, current_setting('flowtrack.project')::uuid);
begin
  if results is null then
    results := case when partial then apply_each(ops, default_quota) else apply_all(ops, default_quota) end;
  end if;
  return set_config('flowtrack.answer', jsonb_build_object('results', results)::text, true);
end $$;
--> statement-breakpoint
drop function require_room_for_items(uuid, int);
--> statement-breakpoint
create or replace function require_room_for_items(project uuid, default_quota int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'items', default_quota);
begin
  if (select item_total from projects where id = project) >= allowed then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s checklists and items: delete some, or ask an administrator for more', allowed)));
  end if;
end $$;
--> statement-breakpoint
drop function room_for_checklist(uuid, int, int);
--> statement-breakpoint
create or replace function room_for_checklist(card uuid, default_quota int, most int) returns uuid language plpgsql as $$
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklists c where c.task_id = card) >= most then
    perform fail('FT409', 'too_many_checklists', jsonb_build_object('limit', most, 'say',
      format('This task may have %s checklists: delete one first, or go on in another task', most)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, default_quota);
  return card;
end $$;
--> statement-breakpoint
drop function room_for_item(uuid, int, int);
--> statement-breakpoint
create or replace function room_for_item(checklist uuid, default_quota int, most int) returns uuid language plpgsql as $$
declare card uuid := (select c.task_id from checklists c join tasks t on t.id = c.task_id where c.id = checklist and t.deleted_at is null);
begin
  if card is null then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklist_items i where i.checklist_id = checklist) >= most then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', most, 'say',
      format('This checklist may have %s items: delete some, or begin another checklist', most)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, default_quota);
  return card;
end $$;
--> statement-breakpoint
drop function room_for_comment(uuid, int, int);
--> statement-breakpoint
create or replace function room_for_comment(card uuid, default_quota int, most int) returns uuid language plpgsql as $$
declare held int; total int; allowed int;
begin
  select t.comment_count, p.comment_total, coalesce((p.quotas ->> 'comments')::int, default_quota) into held, total, allowed
    from tasks t join projects p on p.id = t.project_id where t.id = card and t.deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif held >= most then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', most, 'say',
      format('This task may have %s comments: delete some, or go on in another task', most)));
  elsif total >= allowed then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s comments: delete some, or ask an administrator for more', allowed)));
  end if;
  return card;
end $$;
--> statement-breakpoint
create or replace function journal_append(project uuid, seq bigint, action text, entity text, entity_id uuid, task uuid, changes jsonb, data jsonb, moment timestamptz default clock_timestamp())
returns void language plpgsql as $$
declare actor text := current_setting('flowtrack.actor', true);
begin
  if coalesce(actor, '') = '' then
    perform fail('FT500', 'actor_missing', '{"say": "Call set_actor(<user id>) first in this transaction, or set_actor(null) for FlowTrack itself"}');
  end if;
  insert into activity_logs (project_id, seq, user_id, action, entity, entity_id, task_id, changes, data, request_id, created_at, api_key)
  values (project, seq, nullif(actor, 'system')::uuid, action, entity, entity_id, task, changes, data,
          nullif(current_setting('flowtrack.request_id', true), ''), moment,
          case when actor <> 'system' then nullif(current_setting('flowtrack.api_key', true), '')::uuid end);
end $$;
--> statement-breakpoint
create or replace function find_block_path(start uuid, goal uuid, out reaches_goal boolean, out leaves_project boolean) language plpgsql as $$
declare met int;
begin
  with recursive blocked(id) as (
    select start union
    select coalesce(l.other_task_id, l.foreign_task_id) from blocked b join task_links l on l.task_id = b.id and l.kind = 'blocks')
  select count(*), coalesce(bool_or(b.id = goal), false), coalesce(bool_or(t.project_id <> current_setting('flowtrack.project')::uuid), false)
    into met, reaches_goal, leaves_project
    from (select id from blocked limit 2001) b left join tasks t on t.id = b.id;
  if met > 2000 and not reaches_goal then
    perform fail('FT409', 'too_many_task_links', '{"limit": 2000, "say": "More than 2000 tasks would wait for this one: remove a link that is no longer needed"}');
  end if;
end $$;
--> statement-breakpoint
create or replace function require_no_circle(blocker uuid, waiting uuid) returns void language plpgsql as $$
declare path record;
begin
  select * into path from find_block_path(waiting, blocker);
  if path.leaves_project and not path.reaches_goal then
    perform pg_advisory_xact_lock(hashtext('flowtrack.blocks'));
    select * into path from find_block_path(waiting, blocker);
  end if;
  if path.reaches_goal then
    perform fail('FT409', 'link_circle');
  end if;
end $$;
--> statement-breakpoint
create or replace function link_tasks(link uuid, task uuid, link_kind text, other uuid, allowed int) returns uuid language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid;
  there uuid := (select t.project_id from tasks t where t.id = other and t.deleted_at is null and is_reader(t.project_id));
  elsewhere boolean := there is distinct from here;
begin
  if not exists (select 1 from tasks where id = task and deleted_at is null) then
    perform fail('FT404', 'not_found');
  elsif task = other then
    perform fail('FT422', 'validation_failed', '{"path": "task_id", "message": "must be another task"}');
  elsif there is not null then
    perform lock_other_side(there);
  end if;
  if not exists (select 1 from tasks where id = other and project_id = there and deleted_at is null) then
    perform fail('FT422', 'task_not_found', '{"path": "task_id"}');
  elsif exists (select 1 from task_links where task_id = task and kind = link_kind and coalesce(other_task_id, foreign_task_id) = other) then
    perform fail('FT409', 'already_linked');
  elsif link_kind = 'blocks' then
    perform require_no_circle(task, other);
  end if;
  insert into task_links (id, project_id, task_id, kind, other_task_id, foreign_task_id) values
    (link, here, task, link_kind, case when not elsewhere then other end, case when elsewhere then other end),
    (uuid_v7(), there, other, inverse_link(link_kind), case when not elsewhere then task end, case when elsewhere then task end);
  perform require_room_for_links(task, allowed), require_room_for_links(other, allowed);
  return case when elsewhere then there end;
end $$;
--> statement-breakpoint
drop function project_quota(uuid, text, int);
--> statement-breakpoint
create or replace function project_quota(project uuid, what text, default_quota int) returns int language sql stable as $$
  select coalesce((quotas ->> what)::int, default_quota) from projects where id = project;
$$;
--> statement-breakpoint
create or replace function require_room_for_task(project uuid, default_quota int) returns text language plpgsql as $$
declare held int; allowed int;
begin
  select task_count, coalesce((quotas ->> 'tasks')::int, default_quota) into held, allowed from projects where id = project;
  if held >= allowed then
    perform fail('FT409', 'too_many_tasks', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s tasks, with those in the trash: delete some that are done with, which count until the trash lets them go, begin another project, or ask an administrator for more', allowed)));
  end if;
  return '';
end $$;
--> statement-breakpoint
drop function check_room(uuid, text, int);
--> statement-breakpoint
create or replace function check_room(project uuid, what text, default_quota int) returns void language plpgsql as $$
declare allowed int := project_quota(project, what, default_quota);
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
  elsif what = 'webhooks' and (select count(*) from webhooks where project_id = project) > allowed then
    perform fail('FT409', 'too_many_webhooks', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s webhooks: delete one first', allowed)));
  end if;
end $$;
--> statement-breakpoint
drop function require_room_for_link(uuid, uuid, int, int);
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
      format('You may have %s links: withdraw one by DELETE /reports/links/{id}, or wait until one expires', most)));
  elsif (select count(*) from report_links l where l.project_id = project and l.revoked_at is null and l.expires_at > now()
      and maker_may_read(l)) >= allowed then
    perform fail('FT409', 'too_many_links', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s links: let a manager withdraw some by DELETE /reports/links/{id}, or ask an administrator for more', allowed)));
  end if;
end $$;
--> statement-breakpoint
create or replace function is_counted(action text, data jsonb) returns boolean language sql immutable as $$
  select action <> 'task.purged' and data ->> 'deleted_at' is null and (data ->> 'archived_at' is null or data ->> 'completed_at' is not null);
$$;
--> statement-breakpoint
create or replace function journal_steps(project uuid) returns setof task_steps language sql stable as $$
  with events as (
    select project_id, task_id, seq, created_at as at, data ->> 'status' as status,
      is_counted(action, data) as here, coalesce((data ->> 'estimate')::float8, 0) as estimate
    from activity_logs
    where project_id = project and entity = 'task'
      and (action in ('task.created', 'task.purged') or changes ?| '{status,deleted_at,archived_at,estimate}')),
  steps as (
    select *, lag(status) over life as was_status, coalesce(lag(here) over life, false) as was_here, coalesce(lag(estimate) over life, 0) as had
    from events window life as (partition by task_id order by seq))
  select project_id, task_id, seq, at, status, was_status, here, was_here, estimate, had,
    case when was_here then max(at) filter (where here and (not was_here or status is distinct from was_status))
      over (partition by task_id order by seq rows between unbounded preceding and 1 preceding) end
  from steps;
$$;
--> statement-breakpoint
create or replace function take_step() returns trigger language plpgsql as $$
declare last task_steps;
begin
  select * into last from task_steps where project_id = new.project_id and task_id = new.task_id order by seq desc limit 1;
  insert into task_steps (project_id, task_id, seq, at, status, was_status, here, was_here, estimate, had, entered_at)
  values (new.project_id, new.task_id, new.seq, new.created_at, new.data ->> 'status', last.status,
    is_counted(new.action, new.data), coalesce(last.here, false),
    coalesce((new.data ->> 'estimate')::float8, 0), coalesce(last.estimate, 0),
    case when last.here and (not last.was_here or last.status is distinct from last.was_status) then last.at
      when last.here then last.entered_at end);
  return null;
end $$;
--> statement-breakpoint
create or replace function require_new_invitation(address text, allowed int) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('flowtrack.invitations'));
  if exists (select 1 from users where lower(email) = lower(address)) then
    perform fail('FT409', 'email_taken', '{"say": "This person has an account and can sign in; if the password is lost, POST /users/{id}/recovery-link makes a way back"}');
  end if;
  update invitations set revoked_at = clock_timestamp() where lower(email) = lower(address) and used_at is null and revoked_at is null;
  if (select count(*) from invitations where expires_at > now() and used_at is null and revoked_at is null) >= allowed then
    perform fail('FT409', 'too_many_invitations', jsonb_build_object('limit', allowed, 'say',
      format('%s invitations wait to be used: withdraw some by DELETE /invitations/{id}', allowed)));
  end if;
  delete from invitations where id in (
    select i.id from invitations i where i.used_at is not null or i.revoked_at is not null or i.expires_at <= now() order by i.id desc offset allowed);
end $$;
--> statement-breakpoint
drop function require_room_for_transfer(uuid, tasks, int, int, int, int);
--> statement-breakpoint
create or replace function require_room_for_transfer(there uuid, card tasks, things int, default_tasks int, default_comments int, default_items int)
returns void language plpgsql as $$
declare place projects; room_for_comments int := project_quota(there, 'comments', default_comments); room_for_items int := project_quota(there, 'items', default_items);
begin
  select * into place from projects where id = there;
  perform require_room_for_task(there, default_tasks);
  if card.comment_count > 0 and place.comment_total + card.comment_count > room_for_comments then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', room_for_comments, 'say',
      format('That project may have %s comments, with those of this task: delete some, or ask an administrator for more', room_for_comments)));
  elsif things > 0 and place.item_total + things > room_for_items then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', room_for_items, 'say',
      format('That project may have %s checklists and items, with those of this task: delete some, or ask an administrator for more', room_for_items)));
  end if;
end $$;
--> statement-breakpoint
drop function transfer_task(text, uuid, text, int, int, int);
--> statement-breakpoint
create or replace function transfer_task(named text, there uuid, column_key text, default_tasks int, default_comments int, default_items int)
returns jsonb language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid; before bigint;
  card tasks; was tasks; labels_there record; arrival text; far uuid[]; links int; freed int;
  lists checklists[]; items checklist_items[]; said comments[]; watching uuid[]; members uuid[];
begin
  select * into was from tasks where id = task_id(named) and project_id = here and deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif there = here then
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "must be another project than the task is in"}');
  elsif (select count(*) from (select 1 from tasks where parent_id = was.id limit 501) children) > 500 then
    perform fail('FT422', 'validation_failed', '{"path": "project_id", "message": "cannot take a task with more than 500 subtasks: give them another parent first"}');
  end if;
  perform lock_other_side(there);
  select event_seq into before from projects where id = there;
  lists := array(select c from checklists c where c.task_id = was.id order by c.position, c.id);
  items := array(select i from checklists c join checklist_items i on i.checklist_id = c.id where c.task_id = was.id order by i.checklist_id, i.position, i.id);
  said := array(select c from comments c where c.task_id = was.id order by c.id);
  perform require_room_for_transfer(there, was, cardinality(lists) + cardinality(items), default_tasks, default_comments, default_items);
  arrival := column_of_arrival(there, was, column_key);
  labels_there := labels_like(was.label_ids, there);
  members := array(select m.user_id from project_members m where m.project_id = there);
  watching := array(select w.user_id from task_watchers w where w.task_id = was.id and w.user_id = any(members));
  links := (select count(*) from task_links where task_id = was.id);
  perform set_config('flowtrack.quiet', 'on', true);
  far := remove_links(was.id, here, there);
  update tasks set parent_id = null where parent_id = was.id;
  get diagnostics freed = row_count;
  delete from tasks where id = was.id;
  insert into tasks (id, project_id, number, title, description, status, position, priority, assignee_ids, label_ids, estimate, start_date, due_date,
      archived_at, created_by, created_at, comment_count, checklist_done, checklist_total)
    values (was.id, there, '', was.title, was.description, arrival, null, was.priority,
      array(select a from unnest(was.assignee_ids) with ordinality as assigned(a, n) where a = any(members) order by n), labels_there.kept,
      was.estimate, was.start_date, was.due_date, was.archived_at, was.created_by, was.created_at, was.comment_count, was.checklist_done, was.checklist_total)
    returning * into card;
  perform bring_along(card, lists, items, said);
  insert into task_watchers (task_id, user_id, project_id) select card.id, person, there from unnest(watching) person;
  perform set_config('flowtrack.quiet', 'off', true);
  perform set_config('flowtrack.project', there::text, true), set_config('flowtrack.since', before::text, true);
  return set_config('flowtrack.answer', jsonb_build_object('other_projects', here || far, 'task', journal_row(card) || jsonb_build_object('dropped', jsonb_build_object(
    'labels', labels_there.lost, 'assignee_ids', uuids_without(was.assignee_ids, card.assignee_ids), 'links', links,
    'parent_id', was.parent_id, 'subtasks', freed)))::text, true)::jsonb;
end $$;
--> statement-breakpoint
create or replace function same_ids(these uuid[], those uuid[]) returns boolean language sql immutable parallel safe as $$
  select these <@ those and those <@ these;
$$;
--> statement-breakpoint
create or replace function ids_with(these uuid[], added uuid[], removed uuid[]) returns uuid[] language sql immutable parallel safe as $$
  select coalesce(array_agg(u order by first), '{}') from (
    select u, min(n) as first from unnest(these || added) with ordinality a(u, n) where u <> all(removed) group by u) kept;
$$;
--> statement-breakpoint
create or replace function set_after(project uuid, task uuid, field text, present uuid[], listed uuid[], base bigint) returns uuid[] language plpgsql stable as $$
declare me uuid := nullif(current_setting('flowtrack.actor'), 'system')::uuid; event record; before uuid[];
begin
  if same_ids(present, listed) then
    return present; -- another order is no change
  end if;
  for event in select seq, user_id, created_at, changes from activity_logs
      where project_id = project and entity_id = task order by seq desc loop
    exit when event.seq <= base or base is null and event.created_at < now() - interval '2 seconds';
    continue when not event.changes ? field;
    exit when base is null and event.user_id = me; -- this list is of what I have made of it since
    before := uuids(event.changes #> array[field, '0']);
    if base is null and uuids_without(listed, before) || uuids_without(before, listed) = array[me] then
      return ids_with(present, uuids_without(listed, before), uuids_without(before, listed));
    end if;
  end loop;
  if base is null or before is null then
    return listed;
  end if;
  return ids_with(present, uuids_without(listed, before), uuids_without(before, listed));
end $$;
--> statement-breakpoint
drop function check_views(uuid, uuid, int, int);
--> statement-breakpoint
create or replace function check_views(project uuid, person uuid, most int, of_project int) returns void language plpgsql as $$
begin
  perform 1 from users where id = person for no key update;
  if (select count(*) from views v where v.created_by = person and project_role(v.project_id, person) is not null) > most then
    perform fail('FT409', 'too_many_views', jsonb_build_object('limit', most, 'say', format('You may have %s views: delete one first', most)));
  elsif (select count(*) from views v where v.project_id = project and v.shared) > of_project then
    perform fail('FT409', 'too_many_views', jsonb_build_object('limit', of_project, 'say',
      format('This project may have %s shared views: let a manager delete some, or keep this one for yourself', of_project)));
  end if;
end $$;
--> statement-breakpoint
create or replace function task_or_seq(card tasks) returns jsonb language plpgsql stable as $$
begin
  if card.id is null then
    return null;
  elsif card.seq = nullif(current_setting('flowtrack.since', true), '')::bigint + 1 then
    return to_jsonb(card.seq);
  end if;
  return journal_row(card);
end $$;
--> statement-breakpoint
drop function create_task(jsonb, int);
--> statement-breakpoint
create or replace function create_task(fields jsonb, default_quota int) returns tasks language plpgsql as $$
declare card tasks;
begin
  if fields ?| '{start_date,due_date}' then
    fields := with_days(fields);
  end if;
  card := jsonb_populate_record(null::tasks, fields);
  card.number := require_room_for_task(card.project_id, default_quota); -- as yet
  if card.status is null then
    select key into card.status from board_columns where project_id = card.project_id and pending is distinct from 'deletion' order by position limit 1;
  end if;
  insert into tasks (id, project_id, number, title, description, status, position, priority, assignee_ids, label_ids, parent_id, estimate,
      start_date, due_date, archived_at, created_by)
    values (card.id, card.project_id, card.number, card.title, coalesce(card.description, ''), card.status, null, coalesce(card.priority, 'none'),
      coalesce(card.assignee_ids, '{}'), coalesce(card.label_ids, '{}'), card.parent_id, card.estimate, card.start_date, card.due_date,
      case when card.archived_at is not null then clock_timestamp() end, card.created_by)
    returning * into card;
  return card;
end $$;
--> statement-breakpoint
drop function add_task(jsonb, int);
--> statement-breakpoint
create or replace function add_task(fields jsonb, default_quota int) returns jsonb language plpgsql as $$
begin
  return task_or_seq(create_task(fields, default_quota));
end $$;
--> statement-breakpoint
create or replace function set_of(card tasks, field text, present uuid[], fields jsonb, known_seq bigint) returns uuid[] language plpgsql as $$
begin
  if fields ? field then
    return set_after(card.project_id, card.id, field, present, uuids(fields -> field), known_seq);
  end if;
  return ids_with(present, uuids(coalesce(fields -> ('add_' || field), '[]')), uuids(coalesce(fields -> ('remove_' || field), '[]')));
end $$;
--> statement-breakpoint
create or replace function edit_task(named text, fields jsonb, known_seq bigint) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); card tasks;
begin
  select * into card from tasks where id = card_id and deleted_at is null;
  if not found then
    return null;
  end if;
  return task_or_seq(change_task(card, fields, known_seq));
end $$;
--> statement-breakpoint
create or replace function move_task(named text, column_key text, before_task uuid, after_task uuid) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); project uuid := current_setting('flowtrack.project')::uuid;
begin
  if before_task is not null or after_task is not null then -- though the card may be gone
    perform require_neighbour(project, before_task, 'before'), require_neighbour(project, after_task, 'after');
  end if;
  return task_or_seq(place_task(card_id, project, column_key, before_task, after_task));
end $$;
--> statement-breakpoint
drop function told_task(tasks);
--> statement-breakpoint
drop function counts(text, jsonb);
--> statement-breakpoint
drop function tell_left(uuid);
--> statement-breakpoint
drop function blocks_already(uuid, uuid);
--> statement-breakpoint
drop function room_for_task(uuid, int);
--> statement-breakpoint
drop function same_people(uuid[], uuid[]);
--> statement-breakpoint
drop function people_with(uuid[], uuid[], uuid[]);
