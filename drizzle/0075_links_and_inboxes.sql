-- A link to a task of an archived project can be removed: it would block a task of an open project for good.
drop function lock_other_side(uuid);
create or replace function lock_other_side(there uuid, allow_archived boolean default false) returns void language plpgsql as $$
declare status_there text;
begin
  if there = current_setting('flowtrack.project')::uuid then
    return;
  end if;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  select status into status_there from projects where id = there for no key update;
  perform check_role(there, current_setting('flowtrack.actor')::uuid, 'contributor', current_setting('flowtrack.role'));
  if status_there = 'archived' and not allow_archived then
    perform fail('FT409', 'project_archived', '{"say": "The other project is archived: change its status first, with PATCH /projects/{id} and {\"status\": \"active\"}"}');
  end if;
end $$;
create or replace function unlink_tasks(link uuid) returns uuid language plpgsql as $$
declare
  mine task_links;
  there uuid;
begin
  select * into mine from task_links where id = link;
  if mine.id is null then
    perform fail('FT404', 'not_found');
  end if;
  there := (select project_id from tasks where id = coalesce(mine.other_task_id, mine.foreign_task_id));
  if there is not null then
    if not is_reader(there) then
      perform fail('FT404', 'not_found');
    end if;
    perform lock_other_side(there, true);
  end if;
  delete from task_links l where l.id = link or l.task_id = coalesce(mine.other_task_id, mine.foreign_task_id)
    and l.kind = inverse_link(mine.kind) and coalesce(l.other_task_id, l.foreign_task_id) = mine.task_id;
  return nullif(there, mine.project_id);
end $$;

-- A transferred task takes the notifications of everybody along: of those who cannot see its new project, they led to
-- nothing.
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
