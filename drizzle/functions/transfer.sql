-- Moves a task to another project (src/features/transfer): with the same id, and a new number. The journal of its
-- former project says that it was purged, that of the other one that it was created, with its checklists and
-- comments. Neither names the other project, since not all of its readers can see that. Nobody is notified: only the
-- place is new. Notifications that people have of the task go along.

-- `kept`: the labels of the project `there` that have the same names as these; `lost`: the names that it does not
-- have.
create or replace function labels_like(label_ids uuid[], there uuid, out kept uuid[], out lost text[]) language sql stable as $$
  select coalesce(array_agg(theirs.id order by n) filter (where theirs.id is not null), '{}'),
    coalesce(array_agg(mine.name order by n) filter (where theirs.id is null), '{}')
  from unnest(label_ids) with ordinality as l(id, n) join labels mine on mine.id = l.id
    left join labels theirs on theirs.project_id = there and folded(theirs.name) = folded(mine.name);
$$;

-- FT409 unless a project has room for the task, its comments, and its checklists with their items.
create or replace function require_room_for_transfer(there uuid, card tasks, things int, default_tasks int, default_comments int, default_items int)
returns void language plpgsql as $$
declare place projects; room_for_comments int := project_quota(there, 'comments', default_comments); room_for_items int := project_quota(there, 'items', default_items);
begin
  select * into place from projects where id = there;
  perform require_room_for_task(there, default_tasks);
  if card.comment_count > 0 and place.comment_total + card.comment_count > room_for_comments then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', room_for_comments, 'say',
      format('That project can have at most %s comments, including those of this task: delete some, or ask an administrator for more', room_for_comments)));
  elsif things > 0 and place.item_total + things > room_for_items then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', room_for_items, 'say',
      format('That project can have at most %s checklists and items, including those of this task: delete some, or ask an administrator for more', room_for_items)));
  end if;
end $$;

-- The column in which a task arrives: the requested one (FT422 if it is not there), else the one with the same key,
-- else the first with the same category, else the first.
create or replace function column_of_arrival(there uuid, card tasks, column_key text) returns text language plpgsql as $$
declare
  category_here text := (select category from board_columns where project_id = card.project_id and key = card.status);
  arrival text := (select c.key from board_columns c
    where c.project_id = there and c.pending is distinct from 'deletion' and c.key = coalesce(column_key, c.key)
    order by c.key = card.status desc, c.category = category_here desc, c.position limit 1);
begin
  if arrival is null then
    perform fail('FT422', 'column_not_found', '{"path": "status"}');
  end if;
  return arrival;
end $$;

-- Removes all links of a task, on both sides: in `here` and `there`, which its actor may change, as that actor; in
-- other projects as the system. Returns these other projects, whose locks hold up people who have no part in this.
create or replace function remove_links(card uuid, here uuid, there uuid) returns uuid[] language plpgsql as $$
declare
  actor uuid := current_setting('flowtrack.actor')::uuid; request text := current_setting('flowtrack.request_id');
  far uuid[] := array(select distinct project_id from task_links
    where coalesce(other_task_id, foreign_task_id) = card and project_id not in (here, there) order by 1);
begin
  delete from task_links where project_id in (here, there) and (task_id = card or coalesce(other_task_id, foreign_task_id) = card);
  if far <> '{}' then -- in one order, and who is busy there does not hold up this project for long
    perform set_config('lock_timeout', '1500ms', true); -- longer than deadlock_timeout: a deadlock is tried again
    perform 1 from projects where id = any(far) order by id for no key update;
    perform set_actor(null);
    delete from task_links where project_id = any(far) and coalesce(other_task_id, foreign_task_id) = card;
    perform set_actor(actor, request);
  end if;
  return far;
end $$;

-- The ids of a task and of its comments whose author only a file names: somebody else imported them. Such an author
-- does not leave the project, whose journal says that they were imported.
create or replace function things_with_claimed_author(card tasks) returns uuid[] language sql stable as $$
  select coalesce(array_agg(t.id), '{}') from (
    select card.id, card.created_by as author, 'task.created' as action
    union all select c.id, c.user_id, 'comment.created' from comments c where c.task_id = card.id) t
  where exists (select 1 from activity_logs a where a.project_id = card.project_id and a.entity_id = t.id and a.action = t.action
    and a.request_id like 'import:%' and a.request_id <> 'import:' || t.author);
$$;

-- Inserts the checklists, items and comments of a task in its new project, each with its event. The usual triggers
-- are off: these rows need no check, count or notification.
create or replace function bring_along(card tasks, lists checklists[], items checklist_items[], card_comments comments[], claimed uuid[]) returns void language plpgsql as $$
declare list checklists; item checklist_items; comment comments; at bigint := card.seq;
begin
  perform set_config('flowtrack.importing', 'on', true);
  foreach list in array lists loop
    at := at + 1;
    list.project_id := card.project_id; list.seq := at; list.updated_at := card.updated_at;
    insert into checklists select list.*;
    perform journal_append(card.project_id, at, 'checklist.created', 'checklist', list.id, card.id, '{}', journal_row(list), list.updated_at);
  end loop;
  foreach item in array items loop
    at := at + 1;
    item.project_id := card.project_id; item.seq := at; item.updated_at := card.updated_at;
    if not exists (select 1 from project_members m where m.project_id = card.project_id and m.user_id = item.assignee_id) then
      item.assignee_id := null;
    end if;
    insert into checklist_items select item.*;
    perform journal_append(card.project_id, at, 'checklist_item.created', 'checklist_item', item.id, card.id, '{}', journal_row(item), item.updated_at);
  end loop;
  foreach comment in array card_comments loop
    at := at + 1;
    if comment.id = any(claimed) then
      comment.user_id := null;
    end if;
    comment.project_id := card.project_id; comment.seq := at; comment.updated_at := card.updated_at;
    insert into comments select comment.*;
    perform journal_append(card.project_id, at, 'comment.created', 'comment', comment.id, card.id, '{}', journal_row(comment), comment.updated_at);
  end loop;
  perform set_config('flowtrack.importing', 'off', true);
  update projects set event_seq = at, comment_total = comment_total + cardinality(card_comments), item_total = item_total + cardinality(lists) + cardinality(items)
    where id = card.project_id;
end $$;

-- Takes the notifications of a transferred task along. Members of its new project would else lose them with the former
-- project, and get reminders again or never; others no longer see them, as they would lead to nothing. Reminders of
-- members, and whatever is among the newest 500 of the task: more would take too long. Returns how many. Each gets a
-- new seq, as open inboxes must learn of the new project. Inboxes are locked last, in the usual order, each before its
-- rows (read_notifications).
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
      select id, user_id from (select id, user_id from notifications where task_id = card.id order by id desc limit 500) newest) as taken
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

-- Moves a task of the transaction's project to the project `there`. From here on the transaction is about that one,
-- so write_outcome reports on it. Returns the task as it is there, with what it has lost; `other_projects`: those in
-- which something else has changed; and how many `notifications` went along.
create or replace function transfer_task(named text, there uuid, column_key text, default_tasks int, default_comments int, default_items int)
returns jsonb language plpgsql as $$
declare
  here uuid := current_setting('flowtrack.project')::uuid; before bigint;
  card tasks; was tasks; labels_there record; arrival text; far uuid[]; links int; freed int; brought int;
  lists checklists[]; items checklist_items[]; card_comments comments[]; texts search_texts[]; watching uuid[]; members uuid[]; claimed uuid[];
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
  claimed := things_with_claimed_author(was);
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
      was.estimate, was.start_date, was.due_date, was.archived_at, case when was.id <> all(claimed) then was.created_by end, was.created_at, was.comment_count, was.checklist_done, was.checklist_total)
    returning * into card;
  -- What search has of the comments is taken along: to make it anew would take most of the time.
  insert into search_texts (id, task_id, project_id, title, body, grams)
    select t.id, card.id, there, t.title, t.body, ts_delete(t.grams, here::text) || array_to_tsvector(array[there::text]) from unnest(texts) t;
  perform bring_along(card, lists, items, card_comments, claimed);
  insert into task_watchers (task_id, user_id, project_id) select card.id, person, there from unnest(watching) person;
  far := remove_links(card.id, here, there); -- after all else in the two projects, as it locks projects of others
  brought := bring_notifications(card, members);
  perform set_config('flowtrack.quiet', 'off', true);
  perform set_config('flowtrack.project', there::text, true), set_config('flowtrack.since', before::text, true);
  return set_config('flowtrack.answer', jsonb_build_object('other_projects', here || far, 'notifications', brought, 'task', journal_row(card) || jsonb_build_object('dropped', jsonb_build_object(
    'labels', labels_there.lost, 'assignee_ids', uuids_without(was.assignee_ids, card.assignee_ids), 'links', links,
    'parent_id', was.parent_id, 'subtasks', freed, 'comment_authors', cardinality(array_remove(claimed, was.id)))))::text, true)::jsonb;
end $$;
