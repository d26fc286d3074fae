-- Text and zones as people mean them: one comparison, and one meaning of each zone name.

-- The one form in which texts are compared: however they are encoded (NFC, NFD, full width), in whatever
-- case (both ways, so that ς, ſ and ı find their letters), with one apostrophe, without what nobody can see.
-- The collation `folding` has the case of every alphabet, whatever the locale of the database.
create or replace function folded(value text) returns text language sql immutable strict parallel safe
  return translate(replace(lower(upper(translate(normalize(value, nfkc) collate folding, U&'\2019\2018\00AD\034F\061C\200B\200C\200D\200E\200F\2060\FE0F', ''''''))), 'ß', 'ss'), 'ς', 'σ');

-- A name, folded, with U+0001 where words may begin: behind blanks and punctuation, and around each Chinese,
-- Japanese or Korean character, as names of these have no blanks.
create or replace function parted(value text) returns text language sql immutable strict parallel safe
  return chr(1) || regexp_replace(regexp_replace(folded(value), '([\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb])', '\1' || chr(1), 'g'),
    '([\u1100-\u11ff\u3005\u3007\u3040-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])', chr(1) || '\1' || chr(1), 'g');

-- In an index, by way of name_words: PostgreSQL 17 and later analyze and vacuum without our schema on the search path, so
-- it is SQL, whose names are resolved when it is created.
create or replace function words_of(value text) returns text[] language sql immutable strict parallel safe
  return array_remove(regexp_split_to_array(parted(value), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb]+'), '');

create or replace function name_words(name text) returns tsvector language sql immutable strict parallel safe
  return array_to_tsvector(words_of(name));

-- Names in which each word of this begins a word. Null when it has none, which no name matches.
-- A word holds neither a quote nor a backslash: both part words.
create or replace function name_query(value text) returns tsquery language sql immutable strict parallel safe
  return (select string_agg('''' || word || ''':*', ' & ') from unnest(words_of(value)) word)::tsquery;

-- Whether each piece of this (between blanks) is in the name just as it was typed, from where a word begins.
create or replace function name_holds(name text, value text) returns boolean language sql immutable strict parallel safe
  return (select bool_and(parted(name) like '%' || chr(1) || regexp_replace(ltrim(parted(piece), chr(1)), '([\\%_])', '\\\1', 'g') || '%')
    from unnest(regexp_split_to_array(value, '\s+')) piece where piece <> '');

-- Names that `at time zone` takes for abbreviations: a fixed offset without summer time, or another place
-- than the one that the rest of the world reads (docs/time-zones.md). Each has an area and a city instead.
create or replace function zone_of(name text) returns text language sql immutable parallel safe as $$
  select case upper(name)
    when 'CET' then 'Europe/Brussels' when 'MET' then 'Europe/Brussels'
    when 'EET' then 'Europe/Athens' when 'WET' then 'Europe/Lisbon'
    when 'ACT' then 'Australia/Darwin' when 'ART' then 'Africa/Cairo' when 'AST' then 'America/Anchorage'
    when 'BST' then 'Asia/Dhaka' when 'CST' then 'America/Chicago' when 'EAT' then 'Africa/Nairobi'
    when 'IST' then 'Asia/Kolkata' when 'JST' then 'Asia/Tokyo' when 'NST' then 'Pacific/Auckland'
    when 'PST' then 'America/Los_Angeles' else name end;
$$;

-- An account holds the zone itself, for any writer. Before `users_rules`, by its name.
create or replace function users_zone() returns trigger language plpgsql as $$
begin
  new.timezone := zone_of(new.timezone);
  return new;
end $$;

-- Where a title stands among others, in whatever case; of long ones, by how they begin, as an index holds no more.
create or replace function title_order(title text) returns text language sql immutable strict parallel safe
  return left(folded(left(title, 80)), 80);
