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
      format('This task can have at most %s comments: delete some, or go on in another task', max_comments)));
  elsif total >= allowed then
    perform fail('FT409', 'too_many_comments', jsonb_build_object('limit', allowed, 'say',
      format('This project can have at most %s comments: delete some, or ask an administrator for more', allowed)));
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

-- The ids of the people whom a text mentions as @[Name](user:<id>), whether there are such accounts or not. As on the
-- page, what is in code (between backticks, in a fenced block, or indented after a blank line) or escaped by a
-- backslash is no mention. Where Markdown has finer rules, it takes a doubtful mention for one: in a text with a list,
-- whose paragraphs are indented like code, nothing counts as indented code.
create or replace function mentioned_in(body text) returns uuid[] language plpgsql immutable as $$
declare
  -- Of each piece of the text that matters: a fence, with what is before it; or backslashes and then backticks or a
  -- mention. One without any of these ends a paragraph.
  before text[]; fences text[]; slashes int[]; ticks int[]; mentions uuid[];
  fence text; indent int; size int; last int; unpaired int[]; people uuid[] := '{}'; opened int; lone int;
begin
  if body !~* '\]\(user:' then
    return people;
  end if;
  if body !~ '(?:^|\n)[> \t]*(?:[-*+]|\d+[.)])[ \t]' then
    body := regexp_replace(body, '(^|\n[ \t\r]*\n)(?:(?: {4}| {0,3}\t)[^\n]*(?:\n|$)(?:[ \t\r]*\n)*)+', E'\\1\n\n', 'g');
  end if;
  select array_agg(m[1] order by n), array_agg(m[2] order by n), array_agg(length(m[3]) order by n), array_agg(length(m[4]) order by n),
      array_agg(case when length(m[5]) <= 200 then m[6]::uuid end order by n)
    into before, fences, slashes, ticks, mentions
    from regexp_matches(E'\n' || regexp_replace(body, '^ {0,3}>[ >]*', chr(1), 'gn') || E'\n',
      '\n([\u0001 \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(`{3,}[^`\n]*(?=\n)|~{3,}[^\n]*)|\n[\u0001 \t\r]*(?:[-=_]{2,}[ \t\r]*)?(?=\n)|\n[\u0001 \t]*(?:[-*+][ \t]|#+[ \t]|\d+[.)][ \t]|\|)'
      || '|(\\*)(?:(`+)|@\[([^][\n]+)\]\(user:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\))', 'gi') with ordinality as found(m, n);
  loop
    fence := null; last := 0; unpaired := '{}'; people := '{}';
    for i in 1..coalesce(cardinality(before), 0) loop
      if fence is not null then -- within a block, until a line that has only such a fence
        if fences[i] like fence || '%' and ltrim(fences[i], left(fence, 1)) ~ '^\s*$' and length(before[i]) <= indent + 3 then
          fence := null;
        end if;
      elsif i <= last then -- within backticks
        continue;
      elsif fences[i] is not null and (lone is null or i < lone or before[i] ~ '^ {0,3}$') then
        fence := substring(fences[i] from '^(?:`+|~+)'); indent := length(before[i]); opened := i; unpaired := '{}';
      elsif slashes[i] is null then
        unpaired := '{}';
      elsif mentions[i] is not null then
        people := people || case when slashes[i] % 2 = 0 then mentions[i] end;
      else
        size := ticks[i] - slashes[i] % 2;
        continue when coalesce(size, 0) = 0 or size = any(unpaired);
        last := i + 1;
        while ticks[last] <> size or mentions[last] is not null loop
          last := last + 1;
        end loop;
        if ticks[last] is null then -- the paragraph ends before such backticks
          last := i; unpaired := unpaired || size;
        end if;
      end if;
    end loop;
    exit when fence is null or lone is not null or before[opened] ~ '^ {0,3}$';
    lone := opened; -- it ends with its quote or list, or is indented text: it hides nothing
  end loop;
  return array(select distinct id from unnest(people) id where id is not null);
end $$;
