-- Checks of the version that a writer knew (If-Match, base_seq), and merges of sets that several people change at
-- once, such as assignees and labels.

-- If-Match: FT404 when the row is gone, FT412 when it has another version by now. `expected` null: nothing is
-- compared; -1: the writer named no version that the row could have.
create or replace function require_version(actual bigint, expected bigint) returns void language plpgsql as $$
begin
  if actual is null then
    perform fail('FT404', 'not_found');
  elsif actual <> expected then
    perform fail('FT412', 'version_mismatch', jsonb_strip_nulls(jsonb_build_object('expected', nullif(expected, -1), 'actual', actual)));
  end if;
end $$;

-- Whether two values of a field are the same to their writers. The server sets the time of `archived_at`: only whether
-- there is one counts.
create or replace function means_same(field text, one jsonb, other jsonb) returns boolean language sql immutable parallel safe as $$
  select case when field = 'archived_at' then (one = 'null') = (other = 'null') else one = other end;
$$;

-- base_seq: FT409, with both values, when a proposed field was changed since `base`, by anybody, to another value than
-- the proposed one. All else merges, also what was changed and changed back. If the row came into this project after
-- `base` (a task was transferred here, or a new column has the key of a deleted one), `base` is not a version of this
-- row: every field that differs is a conflict. FT422 when `base` is ahead of the project. Sets are merged when they
-- are written (set_after).
create or replace function require_mergeable(project uuid, row_id uuid, base bigint, proposed jsonb) returns void language plpgsql as $$
declare present jsonb; clashes jsonb;
begin
  if base is null then
    return;
  elsif base > (select event_seq from projects where id = project) then
    perform fail('FT422', 'validation_failed', '{"path": "base_seq"}');
  elsif exists (select 1 from activity_logs where project_id = project and entity_id = row_id and seq > base and action like '%.created') then
    select data into present from activity_logs where project_id = project and entity_id = row_id order by seq desc limit 1;
  end if;
  with changed as (
    select key, (array_agg(value -> 0 order by seq))[1] as was, (array_agg(value -> 1 order by seq desc))[1] as theirs
    from activity_logs, jsonb_each(changes)
    where present is null and project_id = project and entity_id = row_id and seq > base
    group by key
    union all select key, null, value from jsonb_each(present))
  select jsonb_object_agg(key, jsonb_build_object('yours', yours.value, 'theirs', theirs)) into clashes
  from changed join jsonb_each(proposed) yours using (key)
  where key not in ('assignee_ids', 'label_ids') and means_same(key, theirs, was) is not true and not means_same(key, yours.value, theirs);
  if clashes is not null then
    perform fail('FT409', 'edit_conflict', jsonb_build_object('conflicts', clashes));
  end if;
end $$;

-- Whether two lists have the same ids, in any order.
create or replace function same_ids(these uuid[], those uuid[]) returns boolean language sql immutable parallel safe as $$
  select these <@ those and those <@ these;
$$;

-- These ids with `added` and without `removed`, in their order, each once.
create or replace function ids_with(these uuid[], added uuid[], removed uuid[]) returns uuid[] language sql immutable parallel safe as $$
  select coalesce(array_agg(u order by first), '{}') from (
    select u, min(n) as first from unnest(these || added) with ordinality a(u, n) where u <> all(removed) group by u) kept;
$$;

-- The new value of a set field of a task when a client sends a whole list. Call it under the project's lock. `base`
-- is the seq of the copy that was edited: what others changed since then stays, as in a merge of sets. Without `base`
-- the list replaces the set, with one exception: when it only adds or removes the actor, compared with the set at
-- some moment of the last two seconds, its sender cannot have seen later changes by others, and so these stay.
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
