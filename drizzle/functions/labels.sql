-- Labels. Who deletes one writes one row, on however many tasks it is: a task keeps the ids of labels that are gone until it is
-- written again. So whoever shows `label_ids` leaves those out, and the trigger below does whenever a task is written.

-- The labels of a project among these, in their order, each once.
create or replace function present_labels(project uuid, ids uuid[]) returns uuid[] language plpgsql stable as $$
begin
  return array(select l.id from labels l where l.project_id = project and l.id = any(ids) order by array_position(ids, l.id));
end $$;

-- Before the row is stamped: what differs in labels that are gone is no change.
create or replace function tasks_same_labels() returns trigger language plpgsql as $$
begin
  if present_labels(new.project_id, new.label_ids) = present_labels(old.project_id, old.label_ids) and old.label_ids @> new.label_ids then
    new.label_ids := old.label_ids;
  end if;
  return new;
end $$;

-- A task has labels of its project only. One that is gone is dropped: who names it has not seen its end yet.
create or replace function tasks_labels() returns trigger language plpgsql as $$
declare present uuid[] := present_labels(new.project_id, new.label_ids); strangers uuid[];
begin
  if cardinality(present) < cardinality(new.label_ids) and (tg_op = 'INSERT' or new.label_ids <> old.label_ids) then
    select array_agg(named) into strangers from unnest(new.label_ids) named
      where named <> all(present) and not exists (
        select 1 from activity_logs l where l.project_id = new.project_id and l.entity_id = named and l.action = 'label.deleted');
    if strangers is not null then
      perform fail('FT422', 'label_not_found', jsonb_build_object('path', 'label_ids', 'ids', strangers));
    end if;
  end if;
  if cardinality(present) > 50 then
    perform fail('FT422', 'validation_failed', '{"path": "label_ids", "message": "are at most 50: take one off first"}');
  end if;
  new.label_ids := present;
  return new;
end $$;

-- Two labels of a project have two names, as people read them.
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
