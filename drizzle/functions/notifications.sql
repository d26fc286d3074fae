-- Notifications: derived from the journal, in the transaction of the change (I3).

-- AFTER INSERT of an account: creates its inbox.
create or replace function open_inbox() returns trigger language plpgsql as $$
begin
  insert into inboxes (user_id) values (new.id);
  return null;
end $$;

-- Takes the next `n` numbers of a person's inbox, and returns the number before them. It locks the inbox until
-- commit.
create or replace function inbox_take(person uuid, n bigint) returns bigint language plpgsql as $$
declare last bigint;
begin
  update inboxes set seq = seq + n where user_id = person returning seq - n into last;
  return last;
end $$;

-- Gives this transaction's notifications their numbers. The first call does it for all of them; later calls see that
-- from their own row, because a search for seq 0 would read many dead index entries.
create or replace function notifications_stamp() returns trigger language plpgsql as $$
declare person uuid; fresh uuid[]; base bigint;
begin
  if (select seq from notifications where id = new.id) <> 0 then
    return null;
  end if;
  for person, fresh in select user_id, array_agg(id order by id) from notifications where seq = 0 group by user_id order by user_id loop
    base := inbox_take(person, cardinality(fresh));
    update notifications n set seq = base + place from unnest(fresh) with ordinality as f(id, place) where n.id = f.id;
  end loop;
  return null;
end $$;

-- Tells the caller of this transaction who has new notifications (`write_outcome`). `people`: ids separated by
-- commas, or null.
create or replace function note_notified(people text) returns void language plpgsql as $$
begin
  if people is not null then
    perform set_config('flowtrack.notified', concat_ws(',', nullif(current_setting('flowtrack.notified', true), ''), people), true);
  end if;
end $$;

-- Notifies people of one journal row: those who have an active account, are members now, have not muted it, and are
-- not its author. Each person once per kind and row or, with `about`, once per kind and that id.
create or replace function notify_people(event activity_logs, kind text, people uuid[], facts jsonb, about uuid default null) returns void language plpgsql as $$
declare notified text;
begin
  people := array_remove(people, event.user_id);
  if people = '{}' then
    return;
  end if;
  with fresh as (
    insert into notifications (id, user_id, kind, project_id, task_id, actor_id, event_seq, dedupe_key, data)
    select uuid_v7(), u.id, kind, event.project_id, event.task_id, event.user_id, event.seq,
           kind || ':' || coalesce(about::text, event.project_id || ':' || event.seq),
           facts || jsonb_build_object('project_key', p.key, 'project_name', p.name)
    from users u
    join project_members m on m.user_id = u.id and m.project_id = event.project_id
    join projects p on p.id = event.project_id
    where u.id = any(people) and u.is_active and not is_muted(u.id, kind, event.project_id)
    on conflict do nothing returning user_id)
  select string_agg(user_id::text, ',') into notified from fresh;
  perform note_notified(notified);
end $$;

-- Notifies people who were assigned or unassigned, and assignees whose task moved; makes new assignees and the creator
-- watch the task. Does nothing for tasks in the trash, which nobody can open, nor while `flowtrack.draining` is on:
-- emptying a column notifies each person once for all tasks, and taking a former member off tasks notifies nobody.
create or replace function notify_of_task(event activity_logs) returns void language plpgsql as $$
declare
  facts jsonb := jsonb_build_object('number', event.data -> 'number', 'title', event.data -> 'title');
  now_mine uuid[] := uuids(event.data -> 'assignee_ids');
  was_mine uuid[] := case
    when event.action = 'task.created' then '{}'
    when event.changes ? 'assignee_ids' then uuids(event.changes #> '{assignee_ids,0}')
    else now_mine end;
begin
  if event.data ->> 'deleted_at' is not null or current_setting('flowtrack.draining', true) = 'on' then
    return;
  end if;
  if event.action = 'task.created' then
    perform watch_by_acting(event, event.user_id || now_mine);
  elsif now_mine <> was_mine then
    perform watch_by_acting(event, uuids_without(now_mine, was_mine));
  end if;
  if now_mine = was_mine and not (cardinality(now_mine) > 0 and event.changes ? 'status') then
    return;
  end if;
  perform notify_people(event, 'assigned', uuids_without(now_mine, was_mine), facts);
  perform notify_people(event, 'unassigned', uuids_without(was_mine, now_mine), facts);
  if event.changes ? 'status' then -- who just got the task is not told that it moved
    perform notify_people(event, 'moved', uuids_without(now_mine, uuids_without(now_mine, was_mine)),
      facts || jsonb_build_object('status', event.changes -> 'status'));
  end if;
end $$;

-- Notifies the people whom a comment mentions, each once, however often it is edited; and of a new comment, the other
-- watchers of the task. The notification does not contain its text.
create or replace function notify_of_comment(event activity_logs) returns void language plpgsql as $$
declare people uuid[]; facts jsonb;
begin
  select mentioned_in(c.body), jsonb_build_object('number', t.number, 'title', t.title, 'comment_id', c.id) into people, facts
    from comments c join tasks t on t.id = c.task_id where c.id = event.entity_id;
  if people <> '{}' then
    perform notify_people(event, 'mentioned', people, facts, event.entity_id);
  end if;
  if event.action = 'comment.created' then
    perform notify_people(event, 'commented', array(select w.user_id from task_watchers w where w.task_id = event.task_id
      and not exists (select 1 from notifications n where n.user_id = w.user_id and n.dedupe_key = 'mentioned:' || event.entity_id)),
      facts, event.entity_id);
    perform watch_by_acting(event, array[event.user_id]);
  end if;
end $$;

-- Notifies the new and the former assignee of a checklist item.
create or replace function notify_of_item(event activity_logs) returns void language plpgsql as $$
declare facts jsonb; now_theirs uuid[] := array[(event.data ->> 'assignee_id')::uuid];
begin
  if current_setting('flowtrack.draining', true) = 'on'
    or not (event.changes ? 'assignee_id' or event.action = 'checklist_item.created' and event.data ->> 'assignee_id' is not null) then
    return;
  end if;
  select jsonb_build_object('number', t.number, 'title', t.title, 'checklist_item_id', event.entity_id, 'text', event.data -> 'text')
    into facts from tasks t where t.id = event.task_id;
  perform watch_by_acting(event, now_theirs), notify_people(event, 'assigned', now_theirs, facts),
    notify_people(event, 'unassigned', array[(event.changes #>> '{assignee_id,0}')::uuid], facts);
end $$;

-- AFTER INSERT of a journal row that may concern people: notifies them, unless flowtrack.quiet is on.
create or replace function journal_notify() returns trigger language plpgsql as $$
declare person uuid[];
begin
  if current_setting('flowtrack.quiet', true) = 'on' then
    return null;
  elsif new.entity = 'task' then
    if new.action = 'task.created' or new.changes ? 'assignee_ids' or new.changes ? 'status' and new.data -> 'assignee_ids' <> '[]' then
      perform notify_of_task(new); -- else it concerns nobody
    end if;
    return null;
  elsif new.entity = 'comment' then
    perform notify_of_comment(new);
    return null;
  elsif new.entity = 'checklist_item' then
    perform notify_of_item(new);
    return null;
  end if;
  person := array[(new.data ->> 'user_id')::uuid];
  if new.action = 'member.added' then
    perform notify_people(new, 'project_invited', person, jsonb_build_object('role', new.data -> 'role'));
  elsif new.changes ? 'role' then
    perform notify_people(new, 'role_changed', person, jsonb_build_object('role', new.changes -> 'role'));
  end if;
  return null;
end $$;

-- Marks unread notifications of a person as read: one, or all up to the seq `until`, or all. Those of projects of
-- which the person is no longer a member, and of tasks that are in the trash, deleted or now in another project, are
-- hidden, and stay unread.
create or replace function read_notifications(person uuid, only_id uuid default null, until bigint default null) returns void language plpgsql as $$
declare found_unread uuid[]; base bigint;
begin
  perform 1 from inboxes where user_id = person for no key update; -- what follows reads what is current
  select array_agg(id order by id) into found_unread from notifications
    where user_id = person and read_at is null and id = coalesce(only_id, id) and seq <= coalesce(until, seq)
      and exists (select 1 from project_members m where m.project_id = notifications.project_id and m.user_id = person)
      and (task_id is null or exists (select 1 from tasks t where t.id = task_id and t.project_id = notifications.project_id and t.deleted_at is null));
  if found_unread is not null then
    base := inbox_take(person, cardinality(found_unread));
    update notifications n set read_at = clock_timestamp(), seq = base + place
      from unnest(found_unread) with ordinality as f(id, place) where n.id = f.id;
  end if;
end $$;

-- Notifies each person once of all their tasks that a deleted column has handed over since the seq `since`. A single
-- task is named, as with any move; of several the notification has the number, and the last move as its event.
create or replace function notify_of_drain(project uuid, since bigint) returns void language plpgsql as $$
declare mine record; event activity_logs; facts jsonb;
begin
  for mine in
    select person.id::uuid as person, count(*) as moved, max(l.seq) as last
    from activity_logs l, jsonb_array_elements_text(l.data -> 'assignee_ids') person(id)
    where l.project_id = project and l.seq > since and l.action = 'task.moved' and l.data ->> 'deleted_at' is null
    group by 1 order by 1
  loop
    select * into event from activity_logs where project_id = project and seq = mine.last;
    facts := jsonb_build_object('number', event.data -> 'number', 'title', event.data -> 'title');
    if mine.moved > 1 then
      event.task_id := null;
      facts := jsonb_build_object('count', mine.moved);
    end if;
    perform notify_people(event, 'moved', array[mine.person], facts || jsonb_build_object('status', event.changes -> 'status'));
  end loop;
end $$;

-- Notifies each person once of their tasks in a column that is about to be emptied in steps. The event is the
-- column's. A single task is named; of several the notification has the number.
create or replace function notify_of_deletion(project uuid, column_key text, into_column text, since bigint) returns void language plpgsql as $$
declare mine record; event activity_logs; facts jsonb;
begin
  select * into event from activity_logs where project_id = project and seq > since and entity = 'column' and data ->> 'key' = column_key order by seq limit 1;
  for mine in
    select person.id as person, count(*) as held, min(t.id::text)::uuid as task
    from tasks t, unnest(t.assignee_ids) person(id)
    where t.project_id = project and t.status = column_key and t.deleted_at is null group by 1 order by 1
  loop
    event.task_id := case when mine.held = 1 then mine.task end;
    facts := case when mine.held > 1 then jsonb_build_object('count', mine.held)
      else (select jsonb_build_object('number', t.number, 'title', t.title) from tasks t where t.id = event.task_id) end;
    perform notify_people(event, 'moved', array[mine.person], facts || jsonb_build_object('status', jsonb_build_array(column_key, into_column)));
  end loop;
end $$;

-- The instant at which a calendar day ends in a zone: the next midnight there, also after a day of 23 or 25 hours. A
-- zone that this Postgres does not know counts as UTC: one bad profile must not stop everybody else's reminders.
create or replace function day_end(day date, zone text) returns timestamptz language plpgsql stable as $$
begin
  return (day + 1)::timestamp at time zone zone;
exception when invalid_parameter_value then
  return (day + 1)::timestamp at time zone 'UTC';
end $$;

-- The tasks that one visit of the job `remind` checks, in the order of their due dates, from where the last visit
-- stopped: due dates that have ended, or may end within 24 hours in some zone. At most 250 tasks, or about 500
-- assignments; `more`: others follow.
create or replace function due_slice(project uuid, moment timestamptz, out ids uuid[], out last_day date, out more boolean) language plpgsql stable as $$
declare
  horizon date := (moment at time zone 'UTC' + interval '14 hours')::date; -- no zone is further from UTC
  reached reminder_positions;
begin
  select * into reached from reminder_positions where project_id = project;
  select array_agg(id order by due_date, id) filter (where fits), max(due_date) filter (where fits), coalesce(bool_or(not fits), false)
    into ids, last_day, more
  from (
    select id, due_date, row_number() over by_date <= 250 and sum(cardinality(assignee_ids)) over by_date - cardinality(assignee_ids) < 500 as fits
    from (
      select t.id, t.due_date, t.assignee_ids from tasks t
      where t.project_id = project and t.due_date is not null and t.deleted_at is null and t.archived_at is null and t.completed_at is null and t.assignee_ids <> '{}'
        and t.due_date <= horizon
        and (t.due_date, t.id) > (coalesce(reached.due_date, '-infinity'), coalesce(reached.task_id, '00000000-0000-0000-0000-000000000000'))
      order by t.due_date, t.id limit 251
    ) as next_ones window by_date as (order by due_date, id)
  ) as judged;
end $$;

-- The reminders of these tasks of a project that are missing at `moment`: for a due date that ends within 24 hours
-- (due_soon) or has ended (overdue), once per person, kind, task and date. None for a date that had already ended
-- when the project was imported or reopened, or when a change of columns reopened the task. Tasks and people are
-- looked up one by one: the planner might choose to read all of them.
create or replace function missing_reminders(project uuid, ids uuid[], moment timestamptz)
returns table (user_id uuid, kind text, project_id uuid, task_id uuid, dedupe_key text, data jsonb) language sql stable as $$
  select wanted.* from (
    select u.id as user_id, due.kind, t.project_id, t.id as task_id,
           concat_ws(':', due.kind, t.id, t.due_date) as dedupe_key,
           jsonb_build_object('number', t.number, 'title', t.title, 'due_date', t.due_date,
             'project_key', p.key, 'project_name', p.name) as data
    from unnest(ids) due_id
    cross join lateral (select * from tasks where id = due_id limit 1) t
    join projects p on p.id = t.project_id and p.status not in ('completed', 'archived')
    join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category not in ('done', 'cancelled')
    cross join unnest(t.assignee_ids) assignee
    cross join lateral (select someone.id, someone.timezone from users someone where someone.id = assignee and someone.is_active limit 1) u
    cross join lateral (select 1 from project_members m where m.project_id = t.project_id and m.user_id = u.id limit 1) m
    cross join lateral (select day_end(t.due_date, u.timezone) as ends) day
    cross join lateral (select case when day.ends <= moment then 'overdue' else 'due_soon' end as kind) due
    where day.ends <= moment + interval '24 hours' and not is_muted(u.id, due.kind, t.project_id)
      and day.ends > coalesce((select f.since from reminder_floors f where f.project_id = project), '-infinity')
      and day.ends > coalesce((select r.since from reminder_rests r where r.task_id = t.id), '-infinity')
  ) as wanted
  where not exists (select 1 from notifications n where n.user_id = wanted.user_id and n.dedupe_key = wanted.dedupe_key);
$$;

-- Whether the job `remind` has anything to do in a project: a reminder to send, a round to finish, or more tasks than
-- one visit checks.
create or replace function has_reminders(project uuid, moment timestamptz) returns boolean language plpgsql stable as $$
declare slice record;
begin
  if not exists (select 1 from projects where id = project and status not in ('completed', 'archived')) then
    return false;
  end if;
  if exists (select 1 from reminder_positions where project_id = project) then
    return true;
  end if;
  select * into slice from due_slice(project, moment);
  return slice.more or exists (select 1 from missing_reminders(project, slice.ids, moment));
end $$;

-- One visit of the job `remind`. Returns whom it has notified, and whether there are `more` tasks to check.
create or replace function remind_project(project uuid, moment timestamptz, out told uuid[], out more boolean) language plpgsql as $$
declare slice record;
begin
  select * into slice from due_slice(project, moment);
  with fresh as (
    insert into notifications (id, user_id, kind, project_id, task_id, dedupe_key, data)
    select uuid_v7(), m.user_id, m.kind, m.project_id, m.task_id, m.dedupe_key, m.data from missing_reminders(project, slice.ids, moment) m
    order by m.user_id, m.dedupe_key -- two runs at once wait for each other in one order
    on conflict do nothing
    returning user_id)
  select coalesce(array_agg(distinct fresh.user_id), '{}') into told from fresh;
  more := slice.more;
  if more then
    insert into reminder_positions (project_id, due_date, task_id) values (project, slice.last_day, slice.ids[cardinality(slice.ids)])
      on conflict (project_id) do update set due_date = excluded.due_date, task_id = excluded.task_id;
  else
    delete from reminder_positions where project_id = project;
  end if;
end $$;

-- From now on, a project's members get no reminders for due dates that ended before this moment (`since`), as they
-- know of them.
create or replace function set_reminder_floor(project uuid) returns void language sql as $$
  insert into reminder_floors (project_id, since) values (project, clock_timestamp())
  on conflict (project_id) do update set since = excluded.since;
$$;

-- AFTER UPDATE of a project that was completed or archived and is open again: no reminders for what was overdue
-- before.
create or replace function projects_reopened() returns trigger language plpgsql as $$
begin
  perform set_reminder_floor(new.id);
  return null;
end $$;

-- Whether the same reminder would be sent again if this notification were deleted: the task still has the due date
-- and the assignee.
create or replace function still_reminds(n notifications) returns boolean language sql stable as $$
  select n.kind in ('due_soon', 'overdue') and exists (
    select 1 from tasks t where t.id = n.task_id and t.deleted_at is null and t.archived_at is null and t.completed_at is null
      and t.assignee_ids @> array[n.user_id] and n.dedupe_key = concat_ws(':', n.kind, t.id, t.due_date));
$$;

-- Visits the next `visits` people after the id `since`, and deletes what each has beyond `kept` notifications:
-- `max_rows` rows in all. Each account that projects are charged to gets the same share, and of it each of these
-- projects, so that nobody pushes out what others have sent; the oldest go first. An inbox has at most as many rows as
-- its counter says, so most inboxes are passed over, and it ends after 20 others or a second. It locks only inboxes
-- with surplus that are not busy. Returns the last person that was visited, null when there are no more.
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
            select shared.id from (
              select each.id, row_number() over (partition by p.charged_to order by each.place, each.id desc) as place from (
                select n.id, n.project_id, row_number() over (partition by n.project_id order by n.id desc) as place
                from notifications n where n.user_id = person.user_id) each
              left join projects p on p.id = each.project_id) shared
            order by shared.place, shared.id desc offset kept) surplus
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

-- AFTER UPDATE of a task that was reopened because its column was deleted or got another category: no reminders for a
-- due date that has already ended, since no person reopened it.
create or replace function tasks_reopened() returns trigger language plpgsql as $$
begin
  insert into reminder_rests (task_id, since) values (new.id, clock_timestamp())
    on conflict (task_id) do update set since = excluded.since;
  return null;
end $$;
