-- The journal (I2, I3): triggers write it, so that no write path can forget it. A write to a project's data locks the
-- project's row, takes the next `event_seq`, stamps it on the row as `seq`, and adds one row to `activity_logs`.

-- A row as clients see it: instants as RFC 3339 UTC with milliseconds, ranks as text (they have more digits than a
-- double). Without counters that change with every event, quotas, what not all members may see, and texts that may
-- have to be deleted. This overload serves tables that have none of their own; test/node/journal-rows.test.ts compares
-- the others with it.
create or replace function journal_row(r jsonb) returns jsonb language sql immutable as $$
  select (r - '{event_seq,stream_epoch,task_counter,task_count,comment_total,item_total,charged_to,quotas,foreign_task_id,body,url}'::text[]) || coalesce((
    select jsonb_object_agg(key, case
      when key = 'position' then to_jsonb(value #>> '{}')
      else to_jsonb(to_char((value #>> '{}')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    end)
    from jsonb_each(r)
    where (key = 'position' or key like '%\_at') and value <> 'null'), '{}');
$$;

-- The same for a row of any type that has no overload below, by way of jsonb.
create or replace function journal_row(r record) returns jsonb language plpgsql stable as $$
begin
  return journal_row(to_jsonb(r));
end $$;

-- The same for each journalled table, in one expression, since every write evaluates it. A new column is included
-- without a change here, unless it is an instant, a rank, or to be left out.
create or replace function journal_row(r projects) returns jsonb language sql stable as $$
  select to_jsonb(r) - '{event_seq,stream_epoch,task_counter,task_count,comment_total,item_total,charged_to,quotas}'::text[]
    || jsonb_build_object('created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r project_members) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r board_columns) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r labels) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

-- Without the URL: many contain a secret of the receiver.
create or replace function journal_row(r webhooks) returns jsonb language sql stable as $$
  select to_jsonb(r) - 'url'
    || jsonb_build_object('rotated_at', utc_text(r.rotated_at), 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r tasks) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'started_at', utc_text(r.started_at), 'completed_at', utc_text(r.completed_at),
    'deleted_at', utc_text(r.deleted_at), 'archived_at', utc_text(r.archived_at), 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r task_links) returns jsonb language sql stable as $$
  select to_jsonb(r) - 'foreign_task_id'
    || jsonb_build_object('created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r comments) returns jsonb language sql stable as $$
  select to_jsonb(r) - 'body'
    || jsonb_build_object('edited_at', utc_text(r.edited_at), 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r checklists) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r checklist_items) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('position', r.position::text, 'created_at', utc_text(r.created_at), 'updated_at', utc_text(r.updated_at));
$$;

create or replace function journal_row(r activity_logs) returns jsonb language sql stable as $$
  select to_jsonb(r) || jsonb_build_object('created_at', utc_text(r.created_at));
$$;

-- The `data` of a journal row, or an answer, with the present text of a comment. The journal does not contain that
-- text, since nothing in it can be deleted. The text is null when the comment is gone, or in another project. Only
-- comments have `edited_at`.
create or replace function with_text(data jsonb) returns jsonb language plpgsql stable as $$
begin
  if data ? 'edited_at' then
    return data || jsonb_build_object('body', (select c.body from comments c
      where c.id = (data ->> 'id')::uuid and c.project_id = (data ->> 'project_id')::uuid));
  end if;
  return data;
end $$;

-- The name of an API key, for the events of what it did; null without a key. A key's row is deleted with its owner,
-- and some time after it was revoked.
create or replace function key_name(key uuid) returns text language plpgsql stable as $$
begin
  if key is null then
    return null;
  end if;
  return coalesce((select name from api_keys where id = key), 'a deleted key');
end $$;

-- A row of the journal as an event: with the text of a comment and the name of an API key.
create or replace function event_row(a activity_logs) returns jsonb language plpgsql stable as $$
declare shown_event jsonb := journal_row(a);
begin
  if a.entity = 'comment' then
    shown_event := shown_event || jsonb_build_object('data', with_text(a.data));
  end if;
  if a.api_key is not null then
    shown_event := shown_event || jsonb_build_object('api_key', key_name(a.api_key));
  end if;
  return shown_event;
end $$;

-- A row before a change. A task does not show labels that were deleted earlier: their own event took them off
-- (labels.sql).
create or replace function journal_old(r jsonb, entity text) returns jsonb language plpgsql stable as $$
begin
  if entity = 'task' and r -> 'label_ids' <> '[]' then
    r := r || jsonb_build_object('label_ids', present_labels((r ->> 'project_id')::uuid, uuids(r -> 'label_ids')));
  end if;
  return journal_row(r);
end $$;

-- The fields in which two states of a row differ, as {field: [before, after]}; seq and updated_at are left out. Both
-- states have the same fields.
create or replace function journal_changes(before jsonb, after jsonb) returns jsonb language plpgsql immutable as $$
begin
  return coalesce((select jsonb_object_agg(key, jsonb_build_array(before -> key, value)) from jsonb_each(after)
    where value is distinct from before -> key and key not in ('seq', 'updated_at')), '{}');
end $$;

-- Adds one row to a project's journal, as the actor of this transaction. `moment`: when it happened. FT500 when no
-- actor is set.
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

-- The next seq of a project, which locks it until commit. Null when the project is being deleted. While move_together
-- runs, the count is kept in the setting flowtrack.counting, and move_together writes event_seq once, at its end.
create or replace function next_seq(project uuid) returns bigint language plpgsql as $$
declare taken bigint; counted text := current_setting('flowtrack.counting', true);
begin
  if counted <> '' and project::text = current_setting('flowtrack.project', true) then
    taken := counted::bigint + 1;
    perform set_config('flowtrack.counting', taken::text, true);
    return taken;
  end if;
  update projects set event_seq = event_seq + 1 where id = project returning event_seq into taken;
  return taken;
end $$;

-- BEFORE INSERT OR UPDATE: locks the project, and gives the row its next seq. An update that changes nothing gets
-- none.
create or replace function journal_stamp() returns trigger language plpgsql as $$
declare counter int; project_key text;
begin
  if tg_op = 'UPDATE' then
    if current_setting('flowtrack.renumbering', true) = 'on' then
      return new;
    end if;
    new.seq := old.seq;
    new.updated_at := old.updated_at;
    if new is not distinct from old then
      return new;
    end if;
    if new.id <> old.id or new.project_id <> old.project_id then
      perform fail('FT500', 'identity_is_immutable');
    end if;
    if tg_table_name = 'project_members' then
      if new.user_id <> old.user_id then
        perform fail('FT500', 'identity_is_immutable');
      end if;
    elsif tg_table_name in ('comments', 'checklists', 'checklist_items') then
      if new.task_id <> old.task_id then
        perform fail('FT500', 'identity_is_immutable');
      elsif tg_table_name = 'checklist_items' then
        if new.checklist_id <> old.checklist_id then
          perform fail('FT500', 'identity_is_immutable');
        end if;
      end if;
    end if;
    if current_setting('flowtrack.counting', true) <> '' then
      new.seq := next_seq(new.project_id);
    else
      update projects set event_seq = event_seq + 1 where id = new.project_id returning event_seq into new.seq;
    end if;
  elsif tg_table_name = 'tasks' then
    update projects set event_seq = event_seq + 1, task_counter = task_counter + 1, task_count = task_count + 1
      where id = new.project_id returning event_seq, task_counter, key into new.seq, counter, project_key;
    new.number := project_key || '-' || counter;
  else
    new.seq := next_seq(new.project_id);
  end if;
  new.updated_at := clock_timestamp();
  return new;
end $$;

-- AFTER INSERT, UPDATE OR DELETE: writes one journal row for the change, with the row's `updated_at` as its time,
-- unless it was deleted. TG_ARGV: the entity, and its verbs for creation and deletion.
create or replace function journal_write() returns trigger language plpgsql as $$
declare
  entity text := tg_argv[0];
  verb text;
  changes jsonb := '{}';
  before jsonb; after jsonb; task uuid; deleted_seq bigint;
begin
  if tg_op = 'DELETE' then
    if entity in ('comment', 'checklist', 'checklist_item') then
      if not exists (select 1 from tasks where id = old.task_id) then -- its task is purged: that event says so
        return null;
      elsif entity = 'checklist_item' then
        if not exists (select 1 from checklists where id = old.checklist_id) then -- and so with a checklist
          return null;
        end if;
      end if;
    end if;
    update projects set event_seq = event_seq + 1, task_count = task_count - (entity = 'task')::int
      where id = old.project_id returning event_seq into deleted_seq;
    if deleted_seq is null then -- the whole project goes: its own last event says so
      return null;
    end if;
    before := journal_old(to_jsonb(old), entity);
    task := case when entity = 'task' then old.id else (before ->> 'task_id')::uuid end;
    perform journal_append(old.project_id, deleted_seq, entity || '.' || tg_argv[2], entity, old.id, task, '{}', before);
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if new.seq = old.seq or current_setting('flowtrack.renumbering', true) = 'on' then
      return null;
    end if;
    before := journal_row(old);
    if entity = 'task' then
      if old.label_ids <> '{}' then
        before := before || jsonb_build_object('label_ids', present_labels(old.project_id, old.label_ids));
      end if;
    end if;
  end if;
  after := journal_row(new);
  if tg_op = 'INSERT' then
    verb := tg_argv[1];
  else
    changes := journal_changes(before, after);
    verb := case
      when entity <> 'task' then 'updated'
      when changes ? 'deleted_at' then case when after -> 'deleted_at' = 'null' then 'restored' else 'deleted' end
      when changes ?| '{status,position}' then 'moved'
      else 'updated' end;
  end if;
  task := case when entity = 'task' then new.id else (after ->> 'task_id')::uuid end;
  perform journal_append(new.project_id, new.seq, entity || '.' || verb, entity, new.id, task, changes, after, new.updated_at);
  return null;
end $$;

-- At commit: FT500 when a number was taken and has no journal row (INSERT … ON CONFLICT that inserts nothing, a
-- script that sets the counter), or when the counter went back in the same epoch. A restored journal has another
-- epoch.
create or replace function journal_verify() returns trigger language plpgsql as $$
begin
  if new.event_seq = old.event_seq + 1 then
    perform 1 from activity_logs where project_id = new.id and seq = new.event_seq;
    if found then
      return null;
    end if;
  end if;
  if new.event_seq < old.event_seq and new.stream_epoch = old.stream_epoch
    or new.event_seq - old.event_seq > (select count(*) from activity_logs
      where project_id = new.id and seq > old.event_seq and seq <= new.event_seq) then
    perform fail('FT500', 'journal_gap');
  end if;
  return null;
end $$;

-- At commit: FT500 when a script wrote a journal row ahead of the counter, as the next event would find its number
-- taken.
create or replace function journal_verify_row() returns trigger language plpgsql as $$
begin
  if new.seq < 1 or new.seq > (select event_seq from projects where id = new.project_id) then
    perform fail('FT500', 'journal_ahead_of_counter');
  end if;
  return null;
end $$;

-- BEFORE DELETE, UPDATE OR TRUNCATE of the journal: FT500, for every writer.
create or replace function journal_is_append_only() returns trigger language plpgsql as $$
begin
  perform fail('FT500', 'journal_is_append_only');
end $$;

-- BEFORE TRUNCATE of a journalled table: FT500, as it would leave no journal rows.
create or replace function refuse_truncate() returns trigger language plpgsql as $$
begin
  perform fail('FT500', 'truncate_is_not_journalled');
end $$;

-- Projects have stamps of their own: their row is both the lock and the counter.
create or replace function journal_stamp_project() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    new.event_seq := 1;
  else
    new.event_seq := old.event_seq;
    new.seq := old.seq;
    new.updated_at := old.updated_at;
    if new is not distinct from old then
      return new;
    end if;
    if new.id <> old.id or new.key <> old.key then
      perform fail('FT500', 'identity_is_immutable');
    end if;
    new.event_seq := old.event_seq + 1;
  end if;
  new.seq := new.event_seq;
  new.updated_at := clock_timestamp();
  return new;
end $$;

-- AFTER INSERT, UPDATE OR DELETE of a project: writes its journal row. That of the deletion is the last one, after the
-- head.
create or replace function journal_write_project() returns trigger language plpgsql as $$
declare before jsonb; after jsonb;
begin
  if tg_op = 'DELETE' then
    perform journal_append(old.id, old.event_seq + 1, 'project.deleted', 'project', old.id, null, '{}', journal_row(old));
  elsif tg_op = 'INSERT' then
    perform journal_append(new.id, new.seq, 'project.created', 'project', new.id, null, '{}', journal_row(new));
  elsif new.seq <> old.seq then
    before := journal_row(old);
    after := journal_row(new);
    perform journal_append(new.id, new.seq, 'project.updated', 'project', new.id, null, journal_changes(before, after), after);
  end if;
  return null;
end $$;
