-- Leases end with the right to act; search finds what ends with one letter after punctuation; mentions in indented code.
create or replace function users_rules() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    -- The first account is the admin's; two at once queue up here, and only then.
    if not exists (select 1 from users) then
      perform pg_advisory_xact_lock(hashtext('flowtrack.first_account'));
      if not exists (select 1 from users) then
        new.role := 'admin';
      end if;
    end if;
    perform require_timezone(new.timezone);
    new.seq := 1;
    return new;
  end if;
  if old.role = 'admin' and old.is_active and (tg_op = 'DELETE' or new.role <> 'admin' or not new.is_active) then
    perform pg_advisory_xact_lock(hashtext('flowtrack.last_admin'));
    if not exists (select 1 from users where role = 'admin' and is_active and id <> old.id) then
      perform fail('FT409', 'last_admin');
    end if;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  if is_deleted(old) and new is distinct from old then
    perform fail('FT404', 'not_found');
  end if;
  if new.timezone <> old.timezone then
    perform require_timezone(new.timezone);
  end if;
  if old.is_active and not new.is_active then
    perform expire_claims(new.id);
  end if;
  new.seq := old.seq;
  new.updated_at := old.updated_at;
  if new is distinct from old then
    new.seq := old.seq + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end $$;

create or replace function members_rules() returns trigger language plpgsql as $$
declare head bigint := (select event_seq from projects where id = old.project_id);
begin
  if head is null then
    return null;
  end if;
  if old.role = 'manager' then
    perform 1 from project_members m join users u on u.id = m.user_id
      where m.project_id = old.project_id and m.role = 'manager' and can_replace(u, old.user_id) limit 1 for share of u;
    if not found then
      perform fail('FT409', 'last_manager', jsonb_build_object('project_id', old.project_id));
    end if;
  end if;
  if tg_op = 'UPDATE' then
    if new.role = 'viewer' and old.role <> 'viewer' then
      perform expire_claims(new.user_id, new.project_id);
    end if;
    return null;
  elsif (select count(*) from tasks_assigned_to(old.project_id, old.user_id, head, 501))
    + (select count(*) from items_assigned_to(old.project_id, old.user_id, head, 501)) > 500 then
    perform add_pending_act(old.project_id, 'assignments', old.user_id::text);
  else
    perform unassign(old.project_id, old.user_id, head, 501);
  end if;
  return null;
end $$;

create or replace function expire_claims(person uuid, project uuid default null) returns void language sql as $$
  update task_claims set expires_at = clock_timestamp() where task_id in (
    select c.task_id from task_claims c where c.user_id = person and c.project_id = coalesce(project, c.project_id)
      and c.expires_at > clock_timestamp() for no key update skip locked);
$$;

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

create or replace function search_pieces(q text, out needed text, out parts text[]) language sql immutable strict parallel safe as $$
  with pieces as (
    select plain, string_to_array(plain, ' ') as words from (select search_text(piece) as plain from regexp_split_to_table(q, '\s+') piece) each
      where plain <> ''),
  ended as (select plain, words, cardinality(words) - (cardinality(words) > 1 and length(words[cardinality(words)]) = 1)::int as upto from pieces),
  cut as (
    select plain, words[1 + (upto > 1 and length(words[1]) = 1)::int : upto] as kept, words from ended)
  select coalesce(string_agg(array_to_string(kept, ' '), ' '), ''),
    coalesce((select array_agg('%' || word || '%') from cut, unnest(kept) word), '{}')
      || coalesce((select array_agg('%' || plain || '%') from cut where kept <> words), '{}')
  from cut;
$$;
