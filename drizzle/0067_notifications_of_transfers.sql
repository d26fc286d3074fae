-- The index's lock waits for imports under way, and every notification would wait behind it. If an import takes longer,
-- this fails at once, and is to be run again.
set local lock_timeout = '3s';
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "notifications_task" ON "notifications" USING btree ("task_id","id");
--> statement-breakpoint
create or replace function bring_notifications(card tasks, members uuid[]) returns int language plpgsql as $$
declare
  person uuid; theirs uuid[]; base bigint; brought int := 0;
  facts jsonb := (select jsonb_build_object('number', card.number, 'project_key', p.key, 'project_name', p.name) from projects p where p.id = card.project_id);
  reminders text[] := array[concat_ws(':', 'due_soon', card.id, card.due_date), concat_ws(':', 'overdue', card.id, card.due_date)];
begin
  for person, theirs in
    select user_id, array_agg(id order by id) from (
      select id, user_id from notifications where user_id = any(members) and dedupe_key = any(reminders)
      union
      select id, user_id from (select id, user_id from notifications where task_id = card.id order by id desc limit 500) newest
        where user_id = any(members)) as taken
    group by user_id order by user_id
  loop
    base := inbox_take(person, cardinality(theirs));
    update notifications n set project_id = card.project_id, event_seq = null, data = data || facts, seq = base + place
      from unnest(theirs) with ordinality as t(id, place) where n.id = t.id;
    perform note_notified(person::text);
    brought := brought + cardinality(theirs);
  end loop;
  return brought;
end $$;
--> statement-breakpoint
create or replace function transfer_task(named text, there uuid, column_key text, default_tasks int, default_comments int, default_items int)
returns jsonb language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid; before bigint;
  card tasks; was tasks; labels_there record; arrival text; far uuid[]; links int; freed int; brought int;
  lists checklists[]; items checklist_items[]; card_comments comments[]; texts search_texts[]; watching uuid[]; members uuid[];
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
  card_comments := array(select c from comments c where c.task_id = was.id order by c.id);
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
  perform bring_along(card, lists, items, card_comments);
  insert into task_watchers (task_id, user_id, project_id) select card.id, person, there from unnest(watching) person;
  far := remove_links(card.id, here, there); -- after all else in the two projects, as it locks projects of others
  brought := bring_notifications(card, members);
  perform set_config('flowtrack.quiet', 'off', true);
  perform set_config('flowtrack.project', there::text, true), set_config('flowtrack.since', before::text, true);
  return set_config('flowtrack.answer', jsonb_build_object('other_projects', here || far, 'notifications', brought, 'task', journal_row(card) || jsonb_build_object('dropped', jsonb_build_object(
    'labels', labels_there.lost, 'assignee_ids', uuids_without(was.assignee_ids, card.assignee_ids), 'links', links,
    'parent_id', was.parent_id, 'subtasks', freed)))::text, true)::jsonb;
end $$;
