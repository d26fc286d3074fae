-- What a writer knew of a row: If-Match and base_seq; and sets, as assignees and labels, that several people change at once.

-- If-Match: FT412 when the row has another version by now.
create or replace function require_version(actual bigint, expected bigint) returns void language plpgsql as $$
begin
  if actual is null then
    perform fail('FT404', 'not_found');
  elsif actual <> expected then
    perform fail('FT412', 'version_mismatch', jsonb_build_object('expected', expected, 'actual', actual));
  end if;
end $$;

-- base_seq: FT409 with both values when a field is no longer as it was at `base`, nor as it is proposed now; fields
-- that nobody touched merge, and so does what was changed and changed back. Sets are merged where they are written
-- (set_after).
create or replace function require_mergeable(project uuid, row_id uuid, base bigint, proposed jsonb) returns void language plpgsql as $$
declare clashes jsonb;
begin
  if base > (select event_seq from projects where id = project) then
    perform fail('FT422', 'validation_failed', '{"path": "base_seq"}');
  end if;
  with changed as (
    select key, (array_agg(value -> 0 order by seq))[1] as was, (array_agg(value -> 1 order by seq desc))[1] as theirs
    from activity_logs, jsonb_each(changes)
    where project_id = project and entity_id = row_id and seq > base and key not in ('assignee_ids', 'label_ids')
    group by key)
  select jsonb_object_agg(key, jsonb_build_object('yours', yours.value, 'theirs', theirs)) into clashes
  from changed join jsonb_each(proposed) yours using (key)
  where theirs <> was and yours.value <> theirs;
  if clashes is not null then
    perform fail('FT409', 'edit_conflict', jsonb_build_object('conflicts', clashes));
  end if;
end $$;

create or replace function same_ids(these uuid[], those uuid[]) returns boolean language sql immutable parallel safe as $$
  select these <@ those and those <@ these;
$$;

-- Ids with others added and others taken off, in the order in which they came.
create or replace function ids_with(these uuid[], added uuid[], removed uuid[]) returns uuid[] language sql immutable parallel safe as $$
  select coalesce(array_agg(u order by first), '{}') from (
    select u, min(n) as first from unnest(these || added) with ordinality a(u, n) where u <> all(removed) group by u) kept;
$$;

-- The set that a list comes to, as this field of a task, under the project's lock. `base` is the seq of the copy
-- that was edited: what others did since stays, as in a merge of sets. Without it the list replaces what is there, with
-- one exception: who put themselves on the task, or took themselves off, as it was less than two seconds ago
-- cannot have seen what somebody else did meanwhile, and so undoes nothing of it.
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

-- What the release before labels calls, while it still runs.
create or replace function assignees_after(project uuid, task uuid, present uuid[], listed uuid[], base bigint) returns uuid[] language sql stable as $$
  select set_after(project, task, 'assignee_ids', present, listed, base);
$$;
