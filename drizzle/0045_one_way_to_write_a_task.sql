-- Adds a task at the bottom of its column; without a status, of the board's first column. `fields` are of a request to create
-- one; FT409 when the project has no room.
create or replace function create_task(fields jsonb, usual int) returns tasks language plpgsql as $$
declare card tasks;
begin
  if fields ?| '{start_date,due_date}' then
    fields := with_days(fields);
  end if;
  card := jsonb_populate_record(null::tasks, fields);
  card.number := room_for_task(card.project_id, usual); -- as yet
  if card.status is null then
    select key into card.status from board_columns where project_id = card.project_id and pending is distinct from 'deletion' order by position limit 1;
  end if;
  insert into tasks (id, project_id, number, title, description, status, position, priority, assignee_ids, label_ids, parent_id, estimate,
      start_date, due_date, created_by)
    values (card.id, card.project_id, card.number, card.title, coalesce(card.description, ''), card.status, null, coalesce(card.priority, 'none'),
      coalesce(card.assignee_ids, '{}'), coalesce(card.label_ids, '{}'), card.parent_id, card.estimate, card.start_date, card.due_date, card.created_by)
    returning * into card;
  return card;
end $$;
--> statement-breakpoint
create or replace function add_task(fields jsonb, usual int) returns jsonb language plpgsql as $$
begin
  return told_task(create_task(fields, usual));
end $$;
--> statement-breakpoint
-- Changes the fields of a task that a request names. A new status takes it to the bottom of that column; the present one leaves it
-- in its place. `known_seq` is of the copy from which a whole list was made.
create or replace function change_task(card tasks, fields jsonb, known_seq bigint) returns tasks language plpgsql as $$
declare made tasks;
begin
  if fields ?| '{start_date,due_date}' then
    fields := with_days(fields);
  end if;
  made := jsonb_populate_record(card, fields);
  if fields ?| '{assignee_ids,add_assignee_ids,remove_assignee_ids}' then
    made.assignee_ids := set_of(card, 'assignee_ids', card.assignee_ids, fields, known_seq);
  end if;
  if fields ?| '{label_ids,add_label_ids,remove_label_ids}' then
    made.label_ids := set_of(card, 'label_ids', card.label_ids, fields, known_seq);
  end if;
  if made.status <> card.status then
    made.position := task_rank(card.project_id, made.status, card.id);
  end if;
  update tasks set title = made.title, description = made.description, status = made.status, position = made.position, priority = made.priority,
      assignee_ids = made.assignee_ids, label_ids = made.label_ids, parent_id = made.parent_id, estimate = made.estimate,
      start_date = made.start_date, due_date = made.due_date
    where id = card.id returning * into card;
  return card;
end $$;
--> statement-breakpoint
-- The task as it now is, null when it is gone or in the trash.
create or replace function edit_task(named text, fields jsonb, known_seq bigint) returns jsonb language plpgsql as $$
declare card_id uuid := task_id(named); card tasks;
begin
  select * into card from tasks where id = card_id and deleted_at is null;
  if not found then
    return null;
  end if;
  return told_task(change_task(card, fields, known_seq));
end $$;
--> statement-breakpoint
create or replace function bulk_create(op jsonb, project uuid, usual int) returns tasks language plpgsql as $$
begin
  return create_task(op - 'op' || jsonb_build_object('project_id', project, 'created_by', current_setting('flowtrack.actor')), usual);
end $$;
--> statement-breakpoint
create or replace function bulk_update(op jsonb, project uuid) returns tasks language plpgsql as $$
declare
  t tasks := operand(op, project); fields jsonb := with_days(op - '{op,id,seq,base_seq}'::text[]);
begin
  if op ? 'base_seq' then
    perform require_mergeable(project, t.id, (op ->> 'base_seq')::bigint,
      fields - '{add_assignee_ids,remove_assignee_ids,add_label_ids,remove_label_ids}'::text[]);
  end if;
  return change_task(t, fields, coalesce((op ->> 'base_seq')::bigint, (op ->> 'seq')::bigint));
end $$;
