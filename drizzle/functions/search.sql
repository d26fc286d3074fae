-- Search (src/features/search): the searched texts, in a table beside the tasks, so that a move writes nothing to it.

-- A text as search compares it: `unaccented`, each run of blanks and punctuation as one blank.
create or replace function search_text(value text) returns text language plpgsql immutable strict parallel safe as $$
begin
  if octet_length(value) = length(value) then
    return trim(regexp_replace(lower(value collate "C"), '[^0-9a-z]+', ' ', 'g'));
  end if;
  return trim(regexp_replace(unaccented(value),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb]+', ' ', 'g'));
end $$;

-- The pieces by which an index finds a text of `search_text`, some of them repeated: of each word its pairs and triples
-- of letters, or the letter of which it consists; only of its first 500 letters (Thai and Lao have few blanks). A
-- Chinese, Japanese or Korean character is a word. We do not use pg_trgm, which in the locale C knows no letters but
-- ASCII.
create or replace function search_grams(value text) returns text[] language plpgsql immutable strict parallel safe as $$
declare words text[] := case when octet_length(value) = length(value) then string_to_array(value, ' ') else words_of(value) end;
begin
  return array(select substr(word, at, size) from (select distinct unnest(words) as word) known
    cross join generate_series(1, least(length(word), 500)) at cross join generate_series(1, 3) size
    where case when size = 1 then length(word) = 1 else at + size - 1 <= length(word) end);
end $$;

-- The query for these pieces in some projects: of each word all triples, or the whole word if it is shorter.
create or replace function search_query(value text, projects uuid[]) returns tsquery language sql immutable strict parallel safe as $$
  select (select string_agg('''' || substr(word, at, least(length(word), 3)) || '''', ' & ') from unnest(words_of(value)) word
      cross join generate_series(1, 60) at where at = 1 or at + 2 <= length(word))::tsquery
    && (select string_agg('''' || id || '''', ' | ') from unnest(projects) id)::tsquery;
$$;

-- What a query asks for. `needed`: the words that the index must have, in the form of `search_text`. `parts`: a LIKE
-- pattern for each of them, and for each piece between blanks that was cut: a letter between punctuation and the end of
-- its piece may be a part of a word (`node.j`, `2.10` in v2.10.3), which the index does not have.
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

-- Stores a text for search, in the form that search compares, and its pieces.
create or replace function put_search_text(text_id uuid, task uuid, project uuid, new_title text, new_body text) returns void language plpgsql as $$
begin
  insert into search_texts (id, task_id, project_id, title, body, grams)
    values (text_id, task, project, new_title, new_body, array_to_tsvector(search_grams(new_title || ' ' || new_body) || project::text))
    on conflict (id) do update set task_id = excluded.task_id, project_id = excluded.project_id, title = excluded.title, body = excluded.body, grams = excluded.grams;
end $$;

-- Stores the search text of a task: its number and title, and the first 20,000 characters of its description.
create or replace function keep_search_text() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.title = old.title and new.description = old.description and new.number = old.number and new.project_id = old.project_id then
      return null;
    end if;
  end if;
  perform put_search_text(new.id, new.id, new.project_id, search_text(new.number || ' ' || new.title), search_text(left(new.description, 20000)));
  return null;
end $$;

-- Stores the search text of a comment, and deletes it with the comment. For one that comes with its task from another
-- project, the text is there already.
create or replace function keep_comment_text() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from search_texts where id = old.id;
  elsif tg_op = 'UPDATE' or not exists (select 1 from search_texts where id = new.id) then
    perform put_search_text(new.id, new.task_id, new.project_id, '', search_text(new.body));
  end if;
  return null;
end $$;
