-- How texts are compared, and which zone the name of a time zone means.

-- The form in which texts are compared: the same for all encodings (NFC, NFD, full width) and cases (upper, then
-- lower, so that ς, ſ and ı match their letters), with one kind of apostrophe, without invisible characters. The
-- collation `folding` knows the case of every alphabet, whatever the locale of the database.
create or replace function folded(value text) returns text language sql immutable strict parallel safe
  return translate(replace(lower(upper(translate(normalize(value, nfkc) collate folding, U&'\2019\2018\00AD\034F\061C\200B\200C\200D\200E\200F\2060\FE0F', ''''''))), 'ß', 'ss'), 'ς', 'σ');

-- A text, folded, without accents and the strokes of letters (ł, ø). For ASCII, as most texts are, a cheaper expression
-- does that. Not strict, so that Postgres makes it a part of the query.
create or replace function unaccented(value text) returns text language sql immutable parallel safe
  return case when octet_length(value) = length(value) then lower(value collate "C")
    else translate(normalize(regexp_replace(normalize(folded(value), nfd), '[\u0300-\u036f]', '', 'g'), nfc), 'łøđħŧ', 'lodht') end;

-- A name, folded, with U+0001 where words may begin: after blanks and punctuation, and around each Chinese, Japanese
-- or Korean character, since such names have no blanks.
create or replace function parted(value text) returns text language sql immutable strict parallel safe
  return chr(1) || regexp_replace(regexp_replace(folded(value), '([\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb])', '\1' || chr(1), 'g'),
    '([\u1100-\u11ff\u3005\u3007\u3040-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])', chr(1) || '\1' || chr(1), 'g');

-- The words of a text, folded. An index uses it through name_words, and PostgreSQL 17 and later analyze and vacuum
-- without our schema on the search path: so its body is parsed SQL, whose names are resolved when it is created.
create or replace function words_of(value text) returns text[] language sql immutable strict parallel safe
  return array_remove(regexp_split_to_array(parted(value), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb]+'), '');

-- The words of a name, as an index has them and `name_query` finds them.
create or replace function name_words(name text) returns tsvector language sql immutable strict parallel safe
  return array_to_tsvector(words_of(name));

-- A query for names in which each word of `value` begins a word; null, which matches no name, when `value` has no
-- word. Words contain no quotes or backslashes, since both separate words.
create or replace function name_query(value text) returns tsquery language sql immutable strict parallel safe
  return (select string_agg('''' || word || ''':*', ' & ') from unnest(words_of(value)) word)::tsquery;

-- Whether a name contains each piece of `value` (between blanks), punctuation included, at the beginning of a word.
-- Both are folded, so case does not matter.
create or replace function name_holds(name text, value text) returns boolean language sql immutable strict parallel safe
  return (select bool_and(parted(name) like '%' || chr(1) || regexp_replace(ltrim(parted(piece), chr(1)), '([\\%_])', '\\\1', 'g') || '%')
    from unnest(regexp_split_to_array(value, '\s+')) piece where piece <> '');

-- The zone that a name means. Postgres's `at time zone` takes some names as abbreviations: as a fixed offset without
-- summer time, or as another place than elsewhere (docs/time-zones.md). Those become an area and a city.
create or replace function zone_of(name text) returns text language sql immutable parallel safe as $$
  select case upper(name)
    when 'CET' then 'Europe/Brussels' when 'MET' then 'Europe/Brussels'
    when 'EET' then 'Europe/Athens' when 'WET' then 'Europe/Lisbon'
    when 'ACT' then 'Australia/Darwin' when 'ART' then 'Africa/Cairo' when 'AST' then 'America/Anchorage'
    when 'BST' then 'Asia/Dhaka' when 'CST' then 'America/Chicago' when 'EAT' then 'Africa/Nairobi'
    when 'IST' then 'Asia/Kolkata' when 'JST' then 'Asia/Tokyo' when 'NST' then 'Pacific/Auckland'
    when 'PST' then 'America/Los_Angeles' else name end;
$$;

-- BEFORE an account is written, by whichever writer: stores the zone that the name means. Its trigger's name sorts
-- before `users_rules`, so it runs first.
create or replace function users_zone() returns trigger language plpgsql as $$
begin
  new.timezone := zone_of(new.timezone);
  return new;
end $$;

-- The key by which titles are sorted, the same in any case. It covers the first 80 characters, since an index cannot
-- hold more.
create or replace function title_order(title text) returns text language sql immutable strict parallel safe
  return left(folded(left(title, 80)), 80);
