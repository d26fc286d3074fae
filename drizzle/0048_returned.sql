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
--> statement-breakpoint
create or replace function place_task(card_id uuid, project uuid, column_key text, before_task uuid, after_task uuid, expected bigint default null)
returns tasks language plpgsql as $$
declare card tasks;
begin
  update tasks set status = coalesce(column_key, status), position = rank_beside(project, coalesce(column_key, status), id,
      case when status = coalesce(column_key, status) then position end, before_task, after_task)
    where id = card_id and project_id = project and deleted_at is null and (expected is null or seq = expected) returning * into card;
  return card;
end $$;
--> statement-breakpoint
create or replace function move_task(named text, column_key text, before_task uuid, after_task uuid) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); project uuid := current_setting('flowtrack.project')::uuid;
begin
  if before_task is not null or after_task is not null then -- though the card may be gone
    perform require_neighbour(project, before_task, 'before'), require_neighbour(project, after_task, 'after');
  end if;
  return told_task(place_task(card_id, project, column_key, before_task, after_task));
end $$;
--> statement-breakpoint
create or replace function bulk_move(op jsonb, project uuid) returns tasks language plpgsql as $$
declare t tasks; before_task uuid := (op ->> 'before')::uuid; after_task uuid := (op ->> 'after')::uuid;
begin
  if op ?| '{before,after}' then
    perform operand(op, project), require_neighbour(project, before_task, 'before'), require_neighbour(project, after_task, 'after');
  end if;
  t := place_task(task_id(op ->> 'id'), project, op ->> 'status', before_task, after_task, (op ->> 'seq')::bigint);
  if t.id is null then
    perform operand(op, project);
  end if;
  return t;
end $$;
--> statement-breakpoint
create or replace function transfer_task(named text, there uuid, column_key text, tasks_usual int, comments_usual int, items_usual int)
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
  perform require_room_for_transfer(there, was, cardinality(lists) + cardinality(items), tasks_usual, comments_usual, items_usual);
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
      created_by, created_at, comment_count, checklist_done, checklist_total)
    values (was.id, there, '', was.title, was.description, arrival, null, was.priority,
      array(select a from unnest(was.assignee_ids) with ordinality as assigned(a, n) where a = any(members) order by n), labels_there.kept,
      was.estimate, was.start_date, was.due_date, was.created_by, was.created_at, was.comment_count, was.checklist_done, was.checklist_total)
    returning * into card;
  perform bring_along(card, lists, items, said);
  insert into task_watchers (task_id, user_id, project_id) select card.id, person, there from unnest(watching) person;
  perform set_config('flowtrack.quiet', 'off', true);
  perform set_config('flowtrack.project', there::text, true), set_config('flowtrack.since', before::text, true);
  return set_config('flowtrack.answer', jsonb_build_object('other_projects', here || far, 'task', journal_row(card) || jsonb_build_object('dropped', jsonb_build_object(
    'labels', labels_there.lost, 'assignee_ids', uuids_without(was.assignee_ids, card.assignee_ids), 'links', links,
    'parent_id', was.parent_id, 'subtasks', freed)))::text, true)::jsonb;
end $$;
