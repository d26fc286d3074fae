-- A mention in code tells nobody.
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
