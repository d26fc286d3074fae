-- A task is found by its number too, in the same trip.
-- The id of a task that is named by its id or its number. Whether it is there for somebody is not said here.
create or replace function task_id(named text) returns uuid language plpgsql stable as $$
begin
  if length(named) = 36 then
    return named::uuid;
  end if;
  return (select t.id from projects p join tasks t on t.project_id = p.id and t.number = named where p.key = split_part(named, '-', 1));
end $$;
