-- How many notifications a person keeps.
create or replace function still_reminds(n notifications) returns boolean language sql stable as $$
  select n.kind in ('due_soon', 'overdue') and exists (
    select 1 from tasks t where t.id = n.task_id and t.deleted_at is null and t.completed_at is null
      and t.assignee_ids @> array[n.user_id] and n.dedupe_key = concat_ws(':', n.kind, t.id, t.due_date));
$$;
--> statement-breakpoint
create or replace function forget_surplus_notifications(since uuid, kept int, visits int, most int) returns uuid language plpgsql as $$
declare person uuid; visited int := 0;
begin
  for person in select user_id from inboxes where user_id > since and seq > kept order by user_id limit visits for no key update loop
    delete from notifications where id in (
      select (n).id from (select n from notifications n where n.user_id = person order by n.id desc offset kept) older
      where not still_reminds(n) limit most);
    visited := visited + 1;
  end loop;
  return case when visited = visits then person end;
end $$;
