-- A transferred task leaves behind authors whom only an imported file names; links to hidden projects can be removed;
-- surplus notifications go from the projects that have sent most; search finds the end of long words.
drop function lock_other_side(uuid, boolean);
alter function projects_stamp() rename to journal_stamp_project;
alter function projects_write() rename to journal_write_project;
drop function bring_along(tasks, checklists[], checklist_items[], comments[]);
create or replace function forget_surplus_notifications(since uuid, kept int, visits int, max_rows int) returns uuid language plpgsql as $$
declare
  person inboxes; looked int := 0; examined int := 0; room int := max_rows; gone int;
  deadline timestamptz := clock_timestamp() + interval '1 second';
begin
  for person in select * from inboxes where user_id > since order by user_id limit visits loop
    looked := looked + 1;
    continue when person.seq <= kept;
    examined := examined + 1;
    if exists (select from notifications n where n.user_id = person.user_id order by n.id desc offset kept) then
      perform from inboxes where user_id = person.user_id for no key update skip locked;
      if found then
        delete from notifications where id in (
          select n.id from (
            select ranked.id from (
              select id, row_number() over (partition by project_id order by id desc) as place from notifications where user_id = person.user_id) ranked
            order by place, ranked.id desc offset kept) surplus
          join notifications n on n.id = surplus.id where not still_reminds(n) limit room);
        get diagnostics gone = row_count;
        room := room - gone;
      end if;
    end if;
    if room <= 0 or examined = 20 or clock_timestamp() > deadline then
      return person.user_id;
    end if;
  end loop;
  return case when looked = visits then person.user_id end;
end $$;
create or replace function lock_other_side(there uuid) returns void language plpgsql as $$
declare status_there text;
begin
  if there = current_setting('flowtrack.project')::uuid then
    return;
  end if;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  select status into status_there from projects where id = there for no key update;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  if status_there = 'archived' then
    perform fail('FT409', 'project_archived', '{"say": "The other project is archived: change its status first, with PATCH /projects/{id} and {\"status\": \"active\"}"}');
  end if;
end $$;
create or replace function is_contributor(project uuid) returns boolean language sql stable as $$
  select is_reader(project) and (acts_as_admin() or exists (select 1 from project_members m
    where m.project_id = project and m.user_id = current_setting('flowtrack.actor')::uuid and role_rank(m.role) >= role_rank('contributor')));
$$;
create or replace function unlink_tasks(link uuid) returns uuid language plpgsql as $$
declare
  mine task_links; there uuid; far boolean;
  actor uuid := current_setting('flowtrack.actor')::uuid; request text := current_setting('flowtrack.request_id');
begin
  select * into mine from task_links where id = link;
  if mine.id is null then
    perform fail('FT404', 'not_found');
  end if;
  there := nullif((select project_id from tasks where id = coalesce(mine.other_task_id, mine.foreign_task_id)), mine.project_id);
  delete from task_links where id = link;
  far := there is not null and not is_contributor(there);
  if far then -- its lock is not taken in order, and who is busy there does not hold up this project for long
    perform set_config('lock_timeout', '1500ms', true); -- longer than deadlock_timeout: a deadlock is tried again
  end if;
  if there is not null then
    perform 1 from projects where id = there for no key update;
    far := not is_contributor(there);
  end if;
  if far then
    perform set_actor(null);
  end if;
  delete from task_links l where l.task_id = coalesce(mine.other_task_id, mine.foreign_task_id)
    and l.kind = inverse_link(mine.kind) and coalesce(l.other_task_id, l.foreign_task_id) = mine.task_id;
  if far then
    perform set_actor(actor, request);
  end if;
  return there;
end $$;
create or replace function things_with_claimed_author(card tasks) returns uuid[] language sql stable as $$
  select coalesce(array_agg(t.id), '{}') from (
    select card.id, card.created_by as author, 'task.created' as action
    union all select c.id, c.user_id, 'comment.created' from comments c where c.task_id = card.id) t
  where exists (select 1 from activity_logs a where a.project_id = card.project_id and a.entity_id = t.id and a.action = t.action
    and a.request_id like 'import:%' and a.request_id <> 'import:' || t.author);
$$;
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
create or replace function search_grams(value text) returns text[] language plpgsql immutable strict parallel safe as $$
declare words text[] := case when octet_length(value) = length(value) then string_to_array(value, ' ') else words_of(value) end;
begin
  return array(select substr(word, at, size) from (select distinct unnest(words) as word) known
    cross join generate_series(1, least(length(word), 500)) at cross join generate_series(1, 3) size
    where case when size = 1 then length(word) = 1 else at + size - 1 <= length(word) end);
end $$;
-- Long words that are stored already.
update search_texts set grams = array_to_tsvector(search_grams(title || ' ' || body) || project_id::text)
  where title ~ '[^ ]{61}' or body ~ '[^ ]{61}';
