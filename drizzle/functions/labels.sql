-- Labels. To delete a label writes one row, however many tasks have it: they keep the ids of deleted labels until
-- they are written again. So every query that shows `label_ids` leaves these out, and the trigger below does whenever
-- a task is written.

-- Those of `ids` that are labels of the project, in their order, each once.
create or replace function present_labels(project uuid, ids uuid[]) returns uuid[] language plpgsql stable as $$
begin
  return array(select l.id from labels l where l.project_id = project and l.id = any(ids) order by array_position(ids, l.id));
end $$;

-- Whether a project had a label with this id.
create or replace function is_deleted_label(project uuid, label uuid) returns boolean language sql stable as $$
  select exists (select 1 from activity_logs l where l.project_id = project and l.entity_id = label and l.action = 'label.deleted');
$$;

-- Runs before the row is stamped: if only deleted labels come or go, that is no change.
create or replace function tasks_same_labels() returns trigger language plpgsql as $$
begin
  if present_labels(new.project_id, new.label_ids) = present_labels(old.project_id, old.label_ids) and not exists (
      select 1 from unnest(new.label_ids) named where named <> all(old.label_ids) and not is_deleted_label(new.project_id, named)) then
    new.label_ids := old.label_ids;
  end if;
  return new;
end $$;

-- A task has labels of its project only: FT422 for others. A deleted label is dropped without an error, since the
-- client may not know of the deletion yet.
create or replace function tasks_labels() returns trigger language plpgsql as $$
declare present uuid[] := present_labels(new.project_id, new.label_ids); unknown_labels uuid[];
begin
  if cardinality(present) < cardinality(new.label_ids) and (tg_op = 'INSERT' or new.label_ids <> old.label_ids) then
    select array_agg(named) into unknown_labels from unnest(new.label_ids) named
      where named <> all(present) and not is_deleted_label(new.project_id, named);
    if unknown_labels is not null then
      perform fail('FT422', 'label_not_found', jsonb_build_object('path', 'label_ids', 'ids', unknown_labels));
    end if;
  end if;
  if cardinality(present) > 50 then
    perform fail('FT422', 'validation_failed', '{"path": "label_ids", "message": "must be at most 50: remove a label first"}');
  end if;
  new.label_ids := present;
  return new;
end $$;

-- FT409 when another label of the project has the same name, as `folded` compares names.
create or replace function labels_rules() returns trigger language plpgsql as $$
declare other labels;
begin
  select * into other from labels where project_id = new.project_id and folded(name) = folded(new.name) and id <> new.id;
  if found then
    perform fail('FT409', 'label_name_taken', jsonb_build_object('label', jsonb_build_object('id', other.id, 'name', other.name), 'say',
      format('The label “%s” has this name: use it, or choose another name', other.name)));
  end if;
  return new;
end $$;
