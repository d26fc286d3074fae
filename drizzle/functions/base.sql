-- Helpers of the other functions. PostgreSQL expands an SQL function in its caller only if it is one expression
-- without a query. Any other SQL function is parsed and planned in each transaction, a PL/pgSQL function once per
-- database connection: so writes call PL/pgSQL.

-- Raises a refusal, which src/db/errors.ts reads: `state` is FT and the HTTP status, `code` the error code, `detail`
-- the facts and `say`, what to do next.
create or replace function fail(state text, code text, detail jsonb default null) returns void language plpgsql as $$
begin
  raise exception using errcode = state, message = code, detail = coalesce(detail::text, '');
end $$;

-- Sets who writes in this transaction, and for which request. A null actor is FlowTrack itself (a scheduled job).
create or replace function set_actor(actor uuid, request text default null) returns void language plpgsql as $$
declare noted text;
begin
  noted := set_config('flowtrack.actor', coalesce(actor::text, 'system'), true);
  noted := set_config('flowtrack.request_id', coalesce(request, ''), true);
end $$;

-- UUIDv7 (RFC 9562, 5.7) with 12 bits of a millisecond's fraction (6.2, method 3): ids sort by time.
create or replace function uuid_v7() returns uuid language plpgsql volatile as $$
declare micros bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
begin
  return (lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex((micros % 1000) * 4096 / 1000), 3, '0')
    || to_hex(8 + (random() * 4)::int % 4) || right(replace(gen_random_uuid()::text, '-', ''), 15))::uuid;
end $$;

-- The uuids of a JSON array.
create or replace function uuids(list jsonb) returns uuid[] language plpgsql immutable as $$
begin
  if list = '[]' then
    return '{}';
  end if;
  return array(select value::uuid from jsonb_array_elements_text(list));
end $$;

-- `these` without `those`, in their order.
create or replace function uuids_without(these uuid[], those uuid[]) returns uuid[] language plpgsql immutable as $$
begin
  if these = '{}' or those = '{}' then
    return these;
  end if;
  return array(select u from unnest(these) u where u <> all(those));
end $$;

-- An instant as clients see it: RFC 3339, UTC, with milliseconds.
create or replace function utc_text(moment timestamptz) returns text language sql stable parallel safe as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
$$;

-- The rank of a project role, 1 (viewer) to 5 (manager); null for an unknown one.
create or replace function role_rank(role text) returns int language sql immutable as $$
  select array_position(array['viewer', 'commenter', 'contributor', 'editor', 'manager'], role);
$$;
