-- One step of what is pending in a project, about `most` tasks, as whoever acted; of a link, which may come from another
-- project whose people are strangers here, as the system. Returns whether anything is left.
create or replace function advance_acts(project uuid, most int) returns boolean language plpgsql as $$
declare act pending_acts; more boolean := false;
begin
  perform set_config('lock_timeout', '2s', true); -- statement_timeout is its caller's: set here, it would not hold yet
  perform 1 from projects where id = project for no key update;
  select * into act from pending_acts where project_id = project order by visited_at limit 1 for update;
  if not found then
    return false;
  end if;
  if act.kind = 'links' and act.subject <> '' then
    perform set_actor(null);
  else
    perform set_actor(act.actor, act.request_id);
  end if;
  if act.kind = 'membership' then
    delete from project_members where project_id = project and user_id = act.subject::uuid;
  elsif act.kind = 'assignments' then
    more := unassign(project, act.subject::uuid, act.since, most);
  elsif act.kind = 'links' then
    if act.subject <> '' then
      perform refresh_links(project, act.subject::uuid);
    else
      more := refresh_blocked(project, most);
    end if;
  elsif act.kind = 'deletion' then
    perform drain_column(project, act.subject, act.target, most);
    more := exists (select 1 from tasks where project_id = project and status = act.subject);
    if not more then
      delete from board_columns where project_id = project and key = act.subject;
    end if;
  else
    act.reached := reread_dates(project, act.subject, act.target is not null, act.reached, most);
    more := act.reached is not null;
    if not more then
      update board_columns set pending = null where project_id = project and key = act.subject and pending = 'dates';
    end if;
  end if;
  if more then
    update pending_acts set visited_at = clock_timestamp(), reached = act.reached where (project_id, kind, subject) = (project, act.kind, act.subject);
  else
    delete from pending_acts where (project_id, kind, subject) = (project, act.kind, act.subject);
  end if;
  return exists (select 1 from pending_acts where project_id = project);
end $$;
