-- Checklists of a task and their items: ranks, rules, counts, and how many there may be.

-- The rows that are ordered together below `parent`: the checklists of a task, or the items of a checklist.
create or replace function siblings(parent uuid) returns table (id uuid, rank numeric) language sql as $$
  select c.id, c.position from checklists c where c.task_id = parent
  union all select i.id, i.position from checklist_items i where i.checklist_id = parent;
$$;

-- Gives all siblings but `except_one` round ranks again, in the same order. They are few, so each change is
-- journalled like any other.
create or replace function renumber_siblings(parent uuid, except_one uuid) returns void language plpgsql as $$
declare one record;
begin
  for one in select s.id, row_number() over (order by s.rank, s.id) * 1024 as rank from siblings(parent) s where s.id <> except_one loop
    update checklists c set position = one.rank where c.id = one.id;
    update checklist_items i set position = one.rank where i.id = one.id;
  end loop;
end $$;

-- FT422 when `neighbour` is no sibling below `parent`. A sibling that was deleted meanwhile is accepted: no edit
-- fails because of that.
create or replace function require_sibling(parent uuid, neighbour uuid, path text) returns void language plpgsql as $$
begin
  if neighbour is not null and not exists (select 1 from siblings(parent) s where s.id = neighbour) and not exists (
      select 1 from activity_logs l where l.project_id = current_setting('flowtrack.project')::uuid and l.entity_id = neighbour
        and l.action in ('checklist.deleted', 'checklist_item.deleted') and parent::text in (l.data ->> 'task_id', l.data ->> 'checklist_id')) then
    perform fail('FT422', 'validation_failed', jsonb_build_object('path', path, 'message', 'must be one of the same list: read the list again'));
  end if;
end $$;

-- The rank right after `after_one`, or right before `before_one`, or last, by the rules of task_rank. Call it under
-- the project's lock.
create or replace function sibling_rank(parent uuid, self uuid, before_one uuid default null, after_one uuid default null)
returns numeric language plpgsql as $$
declare low numeric; high numeric; own numeric; result numeric;
begin
  perform require_sibling(parent, before_one, 'before'), require_sibling(parent, after_one, 'after');
  for attempt in 1..2 loop
    select max(s.rank) filter (where s.id = self), max(s.rank) filter (where s.id = after_one), max(s.rank) filter (where s.id = before_one)
      into own, low, high from siblings(parent) s;
    if low is not null then
      select min(s.rank) into high from siblings(parent) s where s.rank > low and s.id <> self;
    else
      select max(s.rank) into low from siblings(parent) s where (high is null or s.rank < high) and s.id <> self;
    end if;
    if attempt = 1 and own > coalesce(low, 0) and (high is null or own < high) then
      return own; -- it is there already
    elsif high is null then
      return trunc(coalesce(low, 0)) + 1024;
    end if;
    result := rank_between(coalesce(low, 0), high);
    exit when length(replace(result::text, '.', '')) <= 40;
    perform renumber_siblings(parent, self);
  end loop;
  return result;
end $$;

-- FT409 when a project has as many checklists and items as its quota allows.
create or replace function require_room_for_items(project uuid, default_quota int) returns void language plpgsql as $$
declare allowed int := project_quota(project, 'items', default_quota);
begin
  if (select item_total from projects where id = project) >= allowed then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s checklists and items: delete some, or ask an administrator for more', allowed)));
  end if;
end $$;

-- Returns `card` if it may have one more checklist: FT404 when it is gone or in the trash, FT409 when it has
-- `max_checklists`, or its project no room.
create or replace function room_for_checklist(card uuid, default_quota int, max_checklists int) returns uuid language plpgsql as $$
begin
  if not exists (select 1 from tasks t where t.id = card and t.deleted_at is null) then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklists c where c.task_id = card) >= max_checklists then
    perform fail('FT409', 'too_many_checklists', jsonb_build_object('limit', max_checklists, 'say',
      format('This task can have at most %s checklists: delete one first, or go on in another task', max_checklists)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, default_quota);
  return card;
end $$;

-- Returns the task of a checklist that may have one more item: FT404 when it is gone or in the trash, FT409 when the
-- checklist has `max_items`, or the project no room.
create or replace function room_for_item(checklist uuid, default_quota int, max_items int) returns uuid language plpgsql as $$
declare card uuid := (select c.task_id from checklists c join tasks t on t.id = c.task_id where c.id = checklist and t.deleted_at is null);
begin
  if card is null then
    perform fail('FT404', 'not_found');
  elsif (select count(*) from checklist_items i where i.checklist_id = checklist) >= max_items then
    perform fail('FT409', 'too_many_items', jsonb_build_object('limit', max_items, 'say',
      format('This checklist can have at most %s items: delete some, or begin another checklist', max_items)));
  end if;
  perform require_room_for_items(current_setting('flowtrack.project')::uuid, default_quota);
  return card;
end $$;

-- The assignee of an item must be a member, as with tasks. A former member stays assigned until `unassign`
-- (acts.sql).
create or replace function checklist_items_rules() returns trigger language plpgsql as $$
begin
  if new.assignee_id is not null and (tg_op = 'INSERT' or new.assignee_id is distinct from old.assignee_id)
    and not exists (select 1 from project_members m where m.project_id = new.project_id and m.user_id = new.assignee_id) then
    perform fail('FT422', 'assignee_not_member', jsonb_build_object('path', 'assignee_id', 'ids', array[new.assignee_id]));
  end if;
  return new;
end $$;

-- Updates the counts of items that tasks hold, in ordinary, journalled updates; not in a project that is being
-- deleted.
create or replace function recount_items(cards uuid[]) returns void language sql as $$
  update tasks t set checklist_done = there.done, checklist_total = there.total
  from (select card, count(i.id) filter (where i.done) as done, count(i.id) as total
    from unnest(cards) card left join checklists c on c.task_id = card left join checklist_items i on i.checklist_id = c.id group by card) there
  where t.id = there.card and (t.checklist_done, t.checklist_total) <> (there.done, there.total)
    and exists (select 1 from projects p where p.id = t.project_id);
$$;

-- AFTER INSERT of a checklist or an item, and when an item is ticked: updates the counts.
create or replace function checklists_counted() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update projects set item_total = item_total + 1 where id = new.project_id;
  end if;
  if tg_table_name = 'checklist_items' then
    perform recount_items(array[new.task_id]);
  end if;
  return null;
end $$;

-- AFTER DELETE of checklists or items: updates the counts, once for all rows of a statement, since items go with
-- their checklist, and both with a purged task.
create or replace function checklists_uncounted() returns trigger language plpgsql as $$
begin
  update projects p set item_total = p.item_total - less.n
    from (select project_id, count(*) as n from gone group by project_id) less where p.id = less.project_id;
  perform recount_items(array(select distinct task_id from gone));
  return null;
end $$;
