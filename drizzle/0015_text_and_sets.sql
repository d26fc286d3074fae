-- What a person sees is what is compared; a time zone has one meaning; assignees are a set.

-- Text ----------------------------------------------------------------------------------------

-- The one form in which texts are compared: however they are encoded (NFC, NFD, full width), in whatever
-- case (both ways, so that ς, ſ and ı find their letters), with one apostrophe, without what nobody can see.
create function folded(value text) returns text language sql immutable strict parallel safe
  return replace(lower(upper(translate(normalize(value, nfkc), U&'\2019\2018\00AD\034F\061C\200B\200C\200D\200E\200F\2060\FE0F', ''''''))), 'ß', 'ss');--> statement-breakpoint

-- A name, folded, with U+0001 where words may begin: behind blanks and punctuation, and around each Chinese,
-- Japanese or Korean character, as names of these have no blanks.
create function parted(value text) returns text language sql immutable strict parallel safe
  return chr(1) || regexp_replace(regexp_replace(folded(value), '([\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb])', '\1' || chr(1), 'g'),
    '([\u1100-\u11ff\u3005\u3007\u3040-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])', chr(1) || '\1' || chr(1), 'g');--> statement-breakpoint

create function words_of(value text) returns text[] language sql immutable strict parallel safe
  return array_remove(regexp_split_to_array(parted(value), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb]+'), '');--> statement-breakpoint

create function name_words(name text) returns tsvector language sql immutable strict parallel safe
  return array_to_tsvector(words_of(name));--> statement-breakpoint

-- Names in which each word of this begins a word. Null when it has none, which no name matches.
-- A word holds neither a quote nor a backslash: both part words.
create function name_query(value text) returns tsquery language sql immutable strict parallel safe
  return (select string_agg('''' || word || ''':*', ' & ') from unnest(words_of(value)) word)::tsquery;--> statement-breakpoint

-- Whether each piece of this (between blanks) is in the name just as it was typed, from where a word begins.
create function name_holds(name text, value text) returns boolean language sql immutable strict parallel safe
  return (select bool_and(parted(name) like '%' || chr(1) || regexp_replace(ltrim(parted(piece), chr(1)), '([\\%_])', '\\\1', 'g') || '%')
    from unnest(regexp_split_to_array(value, '\s+')) piece where piece <> '');--> statement-breakpoint

DROP INDEX "users_name_prefix";--> statement-breakpoint
CREATE INDEX "users_name_words" ON "users" USING gin (name_words("name"));--> statement-breakpoint

-- Time zones ----------------------------------------------------------------------------------

-- Names that `at time zone` takes for abbreviations: a fixed offset without summer time, or another place
-- than the one that the rest of the world reads (docs/time-zones.md). Each has an area and a city instead.
create function zone_of(name text) returns text language sql immutable parallel safe as $$
  select case upper(name)
    when 'CET' then 'Europe/Brussels' when 'MET' then 'Europe/Brussels'
    when 'EET' then 'Europe/Athens' when 'WET' then 'Europe/Lisbon'
    when 'ACT' then 'Australia/Darwin' when 'ART' then 'Africa/Cairo' when 'AST' then 'America/Anchorage'
    when 'BST' then 'Asia/Dhaka' when 'CST' then 'America/Chicago' when 'EAT' then 'Africa/Nairobi'
    when 'IST' then 'Asia/Kolkata' when 'JST' then 'Asia/Tokyo' when 'NST' then 'Pacific/Auckland'
    when 'PST' then 'America/Los_Angeles' else name end;
$$;--> statement-breakpoint

-- An account holds the zone itself, for any writer. Before `users_rules`, by its name.
create function users_zone() returns trigger language plpgsql as $$
begin
  new.timezone := zone_of(new.timezone);
  return new;
end $$;--> statement-breakpoint

create trigger users_10_zone before insert or update of timezone on users for each row execute function users_zone();--> statement-breakpoint
update users set timezone = zone_of(timezone) where timezone <> zone_of(timezone);--> statement-breakpoint

-- Limits --------------------------------------------------------------------------------------

-- Limits that `tasks_rules` does not see: it counts what is above a task, and a task may bring what is
-- below it along, trashed ones too; and a set may grow by single additions.
create function tasks_limits() returns trigger language plpgsql as $$
declare above int; below int;
begin
  if cardinality(new.assignee_ids) > 50 and (tg_op = 'INSERT' or cardinality(new.assignee_ids) > cardinality(old.assignee_ids)) then
    perform fail('FT422', 'validation_failed', '{"path": "assignee_ids", "message": "are at most 50: take somebody off first"}');
  end if;
  if tg_op = 'INSERT' or new.parent_id is null or new.parent_id is not distinct from old.parent_id then
    return new;
  end if;
  with recursive lower_ones(id, level) as (
    select new.id, 0 union all select t.id, level + 1 from lower_ones l join tasks t on t.parent_id = l.id where level < 20)
    select max(level) into below from lower_ones;
  with recursive upper_ones(id, level) as (
    select new.parent_id, 1 union all select t.parent_id, level + 1 from upper_ones u join tasks t on t.id = u.id
    where t.parent_id is not null and level <= 20)
    select max(level) into above from upper_ones;
  if above + below > 20 then
    perform fail('FT422', 'parent_too_deep', '{"path": "parent_id", "limit": 20}');
  end if;
  return new;
end $$;--> statement-breakpoint

create trigger journal_25_limits before insert or update of parent_id, assignee_ids on tasks
  for each row when (not importing()) execute function tasks_limits();--> statement-breakpoint

-- Assignees -----------------------------------------------------------------------------------

create function same_people(these uuid[], those uuid[]) returns boolean language sql immutable parallel safe as $$
  select these <@ those and those <@ these;
$$;--> statement-breakpoint

-- Some people with others added and others taken off, in the order in which they came.
create function people_with(these uuid[], added uuid[], removed uuid[]) returns uuid[] language sql immutable parallel safe as $$
  select coalesce(array_agg(u order by first), '{}') from (
    select u, min(n) as first from unnest(these || added) with ordinality a(u, n) where u <> all(removed) group by u) kept;
$$;--> statement-breakpoint

-- The assignees that a list comes to, under the project's lock. `base` is the seq of the copy that was
-- edited: what others did since stays, as in a merge of sets. Without it the list replaces what is there, with
-- one exception: who put themselves on the task, or took themselves off, as it was less than two seconds ago
-- cannot have seen what somebody else did meanwhile, and so undoes nothing of it.
create function assignees_after(project uuid, task uuid, present uuid[], listed uuid[], base bigint) returns uuid[] language plpgsql stable as $$
declare me uuid := nullif(current_setting('flowtrack.actor'), 'system')::uuid; event record; before uuid[];
begin
  if same_people(present, listed) then
    return present; -- another order is no change
  end if;
  for event in select seq, user_id, created_at, changes from activity_logs
      where project_id = project and entity_id = task order by seq desc loop
    exit when event.seq <= base or base is null and (event.user_id = me or event.created_at < now() - interval '2 seconds');
    continue when not event.changes ? 'assignee_ids';
    before := uuids(event.changes #> '{assignee_ids,0}');
    if base is null and uuids_without(listed, before) || uuids_without(before, listed) = array[me] then
      return people_with(present, uuids_without(listed, before), uuids_without(before, listed));
    end if;
  end loop;
  if base is null or before is null then
    return listed;
  end if;
  return people_with(present, uuids_without(listed, before), uuids_without(before, listed));
end $$;--> statement-breakpoint

-- base_seq: FT409 with both values when a field is no longer as it was at `base`, nor as it is proposed now; fields
-- that nobody touched merge, and so does what was changed and changed back. Assignees are merged where they are
-- written (assignees_after). Replaces the one in 0002, which took each change for a lasting one.
create or replace function require_mergeable(project uuid, row_id uuid, base bigint, proposed jsonb) returns void language plpgsql as $$
declare clashes jsonb;
begin
  if base > (select event_seq from projects where id = project) then
    perform fail('FT422', 'validation_failed', '{"path": "base_seq"}');
  end if;
  with changed as (
    select key, (array_agg(value -> 0 order by seq))[1] as was, (array_agg(value -> 1 order by seq desc))[1] as theirs
    from activity_logs, jsonb_each(changes)
    where project_id = project and entity_id = row_id and seq > base and key <> 'assignee_ids'
    group by key)
  select jsonb_object_agg(key, jsonb_build_object('yours', yours.value, 'theirs', theirs)) into clashes
  from changed join jsonb_each(proposed) yours using (key)
  where theirs <> was and yours.value <> theirs;
  if clashes is not null then
    perform fail('FT409', 'edit_conflict', jsonb_build_object('conflicts', clashes));
  end if;
end $$;
