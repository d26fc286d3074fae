-- Notifications: derived from the journal, in the transaction of the change (invariant I3).
--
-- A notification is inserted with seq 0. When the transaction commits, every inbox that it concerns
-- is locked, in the order of user ids, and its new rows get the next numbers of that person's
-- stream. So commit order is seq order for each person; inboxes are the last locks that any
-- transaction takes, and all take them in the same order: writers in different projects cannot
-- deadlock, however many people and journal rows one transaction concerns.
--
-- A row that is read gets a new seq. The stream is therefore "rows with seq > since": it says what
-- is new and what was read on another device, needs no second table, and never grows faster than
-- the inbox. An older state of a row is not replayed; only its present one matters.

-- UUIDv7 (RFC 9562, 5.7) with 12 bits of a millisecond's fraction (6.2, method 3): ids sort by time.
create function uuid_v7() returns uuid language plpgsql volatile as $$
declare micros bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
begin
  return (lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex((micros % 1000) * 4096 / 1000), 3, '0')
    || to_hex(8 + (random() * 4)::int % 4) || right(replace(gen_random_uuid()::text, '-', ''), 15))::uuid;
end $$;

-- Everybody has an inbox, from the beginning.
create function open_inbox() returns trigger language plpgsql as $$
begin
  insert into inboxes (user_id) values (new.id);
  return null;
end $$;

create trigger inbox_10_open after insert on users for each row execute function open_inbox();
insert into inboxes (user_id) select id from users on conflict do nothing;

-- Takes the next `n` numbers of a person's stream, and returns the one before them. It locks the
-- inbox until commit.
create function inbox_take(person uuid, n bigint) returns bigint language sql as $$
  update inboxes set seq = seq + n where user_id = person returning seq - n;
$$;

-- Gives this transaction's notifications their numbers. The first call does it for all of them; the
-- others must see that by their own row, as a search would pass all the dead entries of seq 0.
create function notifications_stamp() returns trigger language plpgsql as $$
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

create constraint trigger notifications_10_stamp after insert on notifications deferrable initially deferred
  for each row when (new.seq = 0) execute function notifications_stamp();

-- Room on the page: every row is updated once at commit, and once when it is read.
alter table notifications set (fillfactor = 70);
alter table inboxes set (fillfactor = 50);

-- The uuids of a JSON array.
create function uuids(list jsonb) returns uuid[] language sql immutable as $$
  select coalesce(array_agg(value::uuid), '{}') from jsonb_array_elements_text(list);
$$;

create function uuids_without(these uuid[], those uuid[]) returns uuid[] language sql immutable as $$
  select coalesce(array_agg(u), '{}') from unnest(these) u where u <> all(those);
$$;

-- Tells people of one journal row: those with an active account who are members now, and not the
-- one who did it. Once per kind and row, whatever happens.
create function notify_people(event activity_logs, kind text, people uuid[], facts jsonb) returns void language sql as $$
  insert into notifications (id, user_id, kind, project_id, task_id, actor_id, event_seq, dedupe_key, data)
  select uuid_v7(), u.id, kind, event.project_id, event.task_id, event.user_id, event.seq,
         kind || ':' || event.project_id || ':' || event.seq,
         facts || jsonb_build_object('project_key', p.key, 'project_name', p.name)
  from users u
  join project_members m on m.user_id = u.id and m.project_id = event.project_id
  join projects p on p.id = event.project_id
  where u.id = any(people) and u.is_active and u.id is distinct from event.user_id
  on conflict do nothing;
$$;

create function notify_of_task(event activity_logs) returns void language plpgsql as $$
declare
  facts jsonb := jsonb_build_object('number', event.data -> 'number', 'title', event.data -> 'title');
  now_mine uuid[] := uuids(event.data -> 'assignee_ids');
  was_mine uuid[] := case
    when event.action = 'task.created' then '{}'
    when event.changes ? 'assignee_ids' then uuids(event.changes #> '{assignee_ids,0}')
    else now_mine end;
begin
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

create function journal_notify() returns trigger language plpgsql as $$
declare person uuid[];
begin
  if new.entity = 'task' then
    perform notify_of_task(new);
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

create trigger journal_30_notify after insert on activity_logs for each row
  when (new.action in ('task.created', 'task.updated', 'task.moved', 'member.added', 'member.updated'))
  execute function journal_notify();

-- Marks as read what of an inbox is unread: one notification, or all up to `until`, or all. What is
-- hidden, as its project is no longer theirs, stays as it is.
create function read_notifications(person uuid, only_id uuid default null, until bigint default null) returns void language plpgsql as $$
declare found_unread uuid[]; base bigint;
begin
  perform 1 from inboxes where user_id = person for no key update; -- what follows reads what is current
  select array_agg(id order by id) into found_unread from notifications
    where user_id = person and read_at is null and id = coalesce(only_id, id) and seq <= coalesce(until, seq)
      and exists (select 1 from project_members m where m.project_id = notifications.project_id and m.user_id = person);
  if found_unread is not null then
    base := inbox_take(person, cardinality(found_unread));
    update notifications n set read_at = clock_timestamp(), seq = base + place
      from unnest(found_unread) with ordinality as f(id, place) where n.id = f.id;
  end if;
end $$;

-- FT404 unless this is the actor: another person's inbox does not exist, for administrators too.
create function require_self(person uuid) returns void language plpgsql as $$
begin
  if person::text is distinct from current_setting('flowtrack.actor', true) then
    perform fail('FT404', 'not_found');
  end if;
end $$;

-- Reminders -----------------------------------------------------------------------------------

-- The instant at which a calendar day ends somewhere: the next midnight there, after a day of 23 or
-- 25 hours too. A zone that this Postgres does not know counts as UTC; one bad profile must not
-- keep everybody else's reminders back.
create function day_end(day date, zone text) returns timestamptz language plpgsql stable as $$
begin
  return (day + 1)::timestamp at time zone zone;
exception when invalid_parameter_value then
  return (day + 1)::timestamp at time zone 'UTC';
end $$;

-- Reminds assignees of tasks whose due date ends within 24 hours (due_soon) or has ended (overdue),
-- as things stand at `moment`: a run that was missed is made up for by the next. Once per person, kind,
-- task and due date. Returns whom it told, at most `batch` reminders at a time.
create function remind_due(moment timestamptz, batch int) returns setof uuid language sql as $$
  insert into notifications (id, user_id, kind, project_id, task_id, dedupe_key, data)
  select uuid_v7(), user_id, kind, project_id, task_id, dedupe_key, data from (
    select u.id as user_id, due.kind, t.project_id, t.id as task_id,
           concat_ws(':', due.kind, t.id, t.due_date) as dedupe_key,
           jsonb_build_object('number', t.number, 'title', t.title, 'due_date', t.due_date,
             'project_key', p.key, 'project_name', p.name) as data
    from tasks t
    join projects p on p.id = t.project_id and p.status not in ('completed', 'archived')
    join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category not in ('done', 'cancelled')
    join users u on u.id = any(t.assignee_ids) and u.is_active
    join project_members m on m.project_id = t.project_id and m.user_id = u.id
    cross join lateral (select case when day_end(t.due_date, u.timezone) <= moment then 'overdue' else 'due_soon' end as kind) due
    where t.deleted_at is null and t.completed_at is null
      and t.due_date <= (moment at time zone 'UTC' + interval '14 hours')::date -- no zone is further from UTC
      and day_end(t.due_date, u.timezone) <= moment + interval '24 hours'
  ) as wanted
  where not exists (select 1 from notifications n where n.user_id = wanted.user_id and n.dedupe_key = wanted.dedupe_key)
  order by user_id, dedupe_key -- two runs at once wait for each other in one order
  limit batch
  on conflict do nothing
  returning user_id;
$$;

-- Whether a socket of an inbox may stay open: the account active, the session alive.
create function has_session(actor uuid, session uuid) returns boolean language sql stable as $$
  select exists (select 1 from users u join sessions s on s.user_id = u.id
    where u.id = actor and u.is_active and s.id = session and s.revoked_at is null and s.expires_at > now());
$$;
