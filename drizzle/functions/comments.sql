-- Comments: who may write and delete them, how many there may be, and whom they mention.

-- Returns `card` if it may have one more comment: FT404 when it is gone or in the trash, FT409 when it has
-- `max_comments`, or its project no room. Called within the insert, under the project's lock.
create or replace function room_for_comment(card uuid, default_quota int, max_comments int) returns uuid language plpgsql as $$
declare held int; total int; allowed int;
begin
  select t.comment_count, p.comment_total, coalesce((p.quotas ->> 'comments')::int, default_quota) into held, total, allowed
    from tasks t join projects p on p.id = t.project_id where t.id = card and t.deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif held >= max_comments then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', max_comments, 'say',
      format('This task may have %s comments: delete some, or go on in another task', max_comments)));
  elsif total >= allowed then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', allowed, 'say',
      format('This project may have %s comments: delete some, or ask an administrator for more', allowed)));
  end if;
  return card;
end $$;

-- FT403 unless the actor is the author of a comment; with `deletes`, managers of the project and administrators pass,
-- too. FT404 when the comment or its task is gone, or the task is in the trash.
create or replace function require_author(comment uuid, deletes boolean) returns void language plpgsql as $$
declare me uuid := current_setting('flowtrack.actor')::uuid; written comments;
begin
  select c.* into written from comments c join tasks t on t.id = c.task_id where c.id = comment and t.deleted_at is null;
  if not found then
    perform fail('FT404', 'not_found');
  elsif written.user_id = me or deletes and (acts_as_admin() or exists (
      select 1 from project_members m where m.project_id = written.project_id and m.user_id = me and m.role = 'manager')) then
    return;
  end if;
  perform fail('FT403', 'forbidden', jsonb_build_object('say', case
    when deletes then 'Only its author or a manager of the project may delete a comment: ask one of them'
    else 'Only its author may edit a comment: write a new comment instead' end));
end $$;

-- Keeps the counts of comments: of the project, and of the task (an ordinary, journalled update). A project or a task
-- that is itself being deleted is left alone.
create or replace function comments_counted() returns trigger language plpgsql as $$
declare project uuid; card uuid; step int;
begin
  if tg_op = 'INSERT' then
    project := new.project_id; card := new.task_id; step := 1;
  else
    project := old.project_id; card := old.task_id; step := -1;
  end if;
  update projects set comment_total = comment_total + step where id = project;
  if found then
    update tasks set comment_count = comment_count + step where id = card;
  end if;
  return null;
end $$;

-- The ids of the people whom a text mentions as @[Name](user:<id>), whether there are such accounts or not.
create or replace function mentioned_in(body text) returns uuid[] language sql immutable as $$
  select coalesce(array_agg(distinct m[1]::uuid), '{}')
  from regexp_matches(body, '@\[[^][]+\]\(user:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\)', 'gi') m;
$$;
