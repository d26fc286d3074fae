-- An event of my own that has nothing to do with assignees (a move) does not say that I have seen the others'.
create or replace function assignees_after(project uuid, task uuid, present uuid[], listed uuid[], base bigint) returns uuid[] language plpgsql stable as $$
declare me uuid := nullif(current_setting('flowtrack.actor'), 'system')::uuid; event record; before uuid[];
begin
  if same_people(present, listed) then
    return present; -- another order is no change
  end if;
  for event in select seq, user_id, created_at, changes from activity_logs
      where project_id = project and entity_id = task order by seq desc loop
    exit when event.seq <= base or base is null and event.created_at < now() - interval '2 seconds';
    continue when not event.changes ? 'assignee_ids';
    exit when base is null and event.user_id = me; -- this list is of what I have made of it since
    before := uuids(event.changes #> '{assignee_ids,0}');
    if base is null and uuids_without(listed, before) || uuids_without(before, listed) = array[me] then
      return people_with(present, uuids_without(listed, before), uuids_without(before, listed));
    end if;
  end loop;
  if base is null or before is null then
    return listed;
  end if;
  return people_with(present, uuids_without(listed, before), uuids_without(before, listed));
end $$;
--> statement-breakpoint
-- Without the statement_timeout that could not hold for the call that set it: the job sets it beforehand.
create or replace function purge_trash(project uuid, cutoff timestamptz, batch int) returns int language plpgsql as $$
declare due uuid[]; freed int; gone int;
begin
  perform set_config('lock_timeout', '1s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  due := array(select t.id from tasks t where t.project_id = project and t.deleted_at <= cutoff order by t.deleted_at, t.id limit batch);
  update tasks set parent_id = null where id in (select c.id from tasks c where c.parent_id = any(due) limit batch);
  get diagnostics freed = row_count;
  if freed = batch then
    return freed;
  end if;
  delete from tasks where id = any(due[1:batch - freed]);
  get diagnostics gone = row_count;
  return freed + gone;
end $$;
--> statement-breakpoint
-- Texts were folded by the database's own locale, which in the locale C knows the case of ASCII alone. The
-- collation `folding` is the best that the server has: PostgreSQL's own since 17, the C library's, or ICU's.
do $$
declare origin text;
begin
  select quote_ident(collname) into origin from pg_collation
    where collname in ('pg_c_utf8', 'C.utf8', 'C.UTF-8', 'und-x-icu') and collencoding in (-1, pg_char_to_encoding('UTF8'))
    order by array_position('{pg_c_utf8,C.utf8,C.UTF-8,und-x-icu}', collname::text) limit 1;
  if origin is null then
    raise exception 'This server has no collation with the case of every alphabet: it needs PostgreSQL 17, C.UTF-8 or ICU.';
  end if;
  execute format('create collation folding from %s', origin);
end $$;
--> statement-breakpoint
create or replace function folded(value text) returns text language sql immutable strict parallel safe
  return translate(replace(lower(upper(translate(normalize(value, nfkc) collate folding, U&'\2019\2018\00AD\034F\061C\200B\200C\200D\200E\200F\2060\FE0F', ''''''))), 'ß', 'ss'), 'ς', 'σ');
--> statement-breakpoint
-- It holds names as they were folded before.
reindex index users_name_words;
