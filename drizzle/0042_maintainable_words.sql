create or replace function words_of(value text) returns text[] language sql immutable strict parallel safe
  return array_remove(regexp_split_to_array(parted(value), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020\u30fb]+'), '');
