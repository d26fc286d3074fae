-- What the other functions build on.

create or replace function fail(state text, code text, detail jsonb default null) returns void language plpgsql as $$
begin
  raise exception using errcode = state, message = code, detail = coalesce(detail::text, '');
end $$;

-- Who writes. A null actor is FlowTrack itself (a scheduled job). Transaction-local.
create or replace function set_actor(actor uuid, request text default null) returns void language sql as $$
  select set_config('flowtrack.actor', coalesce(actor::text, 'system'), true),
         set_config('flowtrack.request_id', coalesce(request, ''), true);
$$;

-- UUIDv7 (RFC 9562, 5.7) with 12 bits of a millisecond's fraction (6.2, method 3): ids sort by time.
create or replace function uuid_v7() returns uuid language plpgsql volatile as $$
declare micros bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
begin
  return (lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex((micros % 1000) * 4096 / 1000), 3, '0')
    || to_hex(8 + (random() * 4)::int % 4) || right(replace(gen_random_uuid()::text, '-', ''), 15))::uuid;
end $$;

-- The uuids of a JSON array.
create or replace function uuids(list jsonb) returns uuid[] language sql immutable as $$
  select coalesce(array_agg(value::uuid), '{}') from jsonb_array_elements_text(list);
$$;

create or replace function uuids_without(these uuid[], those uuid[]) returns uuid[] language sql immutable as $$
  select coalesce(array_agg(u), '{}') from unnest(these) u where u <> all(those);
$$;

create or replace function role_rank(role text) returns int language sql immutable as $$
  select array_position(array['viewer', 'commenter', 'contributor', 'editor', 'manager'], role);
$$;
