-- Lists ignore accents as search does, and both ignore the strokes of letters. Only stored texts with such letters change.
-- Writes under way end first, as each stores the former form of its texts. If one takes longer, this fails at once, and
-- is to be run again: a wait for this lock would hold up every request to a project.
set local lock_timeout = '3s';
--> statement-breakpoint
lock table projects in access exclusive mode;
--> statement-breakpoint
create or replace function unaccented(value text) returns text language sql immutable parallel safe
  return case when octet_length(value) = length(value) then lower(value collate "C")
    else translate(normalize(regexp_replace(normalize(folded(value), nfd), '[\u0300-\u036f]', '', 'g'), nfc), 'łøđħŧ', 'lodht') end;
--> statement-breakpoint
create or replace function search_text(value text) returns text language plpgsql immutable strict parallel safe as $$
begin
  if octet_length(value) = length(value) then
    return trim(regexp_replace(lower(value collate "C"), '[^0-9a-z]+', ' ', 'g'));
  end if;
  return trim(regexp_replace(unaccented(value),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb]+', ' ', 'g'));
end $$;
--> statement-breakpoint
update search_texts set title = translate(title, 'łøđħŧ', 'lodht'), body = translate(body, 'łøđħŧ', 'lodht'),
    grams = array_to_tsvector(array(select translate(gram, 'łøđħŧ', 'lodht') from unnest(tsvector_to_array(grams)) gram))
  where title ~ '[łøđħŧ]' or body ~ '[łøđħŧ]';
