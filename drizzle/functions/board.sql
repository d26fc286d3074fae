-- The contents of a board, selected inside Postgres.

-- The first `max_rows` live cards of a column. `rest`: about the bytes of a card's JSON without title and description;
-- `length`: the bytes of those two, which Postgres knows without reading the texts.
create or replace function first_cards(project uuid, column_key text, max_rows int)
returns table (id uuid, rank numeric, title text, description text, rest int, length int) language sql stable as $$
  select t.id, t.position, t.title, t.description, 760 + 40 * cardinality(t.assignee_ids || t.label_ids), octet_length(t.title) + octet_length(t.description)
  from tasks t where t.project_id = project and t.status = column_key and t.deleted_at is null and t.archived_at is null order by t.position, t.id limit max_rows;
$$;

-- For each column: how many live cards it has, and how many of them the board shows. These are the first `per_column`,
-- unless their JSON could be more than `bytes`. Then the board is `heavy`: it shows only as many as fit, with
-- descriptions of `preview` characters, the first card of every column before the second ones, so that no column crowds
-- out another. Lengths are compared before texts are read: a byte of text makes at most six of JSON. It is PL/pgSQL
-- because a connection then plans each statement once, and the later ones only when a board needs them.
create or replace function board_shares(project uuid, per_column int, preview int, bytes int)
returns table (column_id uuid, live bigint, shown bigint, heavy boolean) language plpgsql stable rows 5 as $$
begin
  return query
  select c.id, c.live, per_column::bigint, false from (
    select b.id, (select count(*) from tasks t where t.project_id = project and t.status = b.key and t.deleted_at is null and t.archived_at is null) as live,
      sum((select sum(rest + 6 * length) from first_cards(project, b.key, per_column))) over () as at_most
    from board_columns b where b.project_id = project) c
  where (c.at_most > bytes) is not true;
  if found then
    return;
  end if;
  return query
  with cards as materialized (
    select b.id as board_column, b.position as place, card.*, row_number() over (partition by b.id order by card.rank, card.id) as n
    from board_columns b cross join lateral first_cards(project, b.key, per_column) card where b.project_id = project),
  cut as materialized (
    select case when sum(rest + length) > bytes then true
      else (select sum(rest + octet_length(to_json(title)::text) + octet_length(to_json(description)::text)) from cards) > bytes end as needed
    from cards),
  sized as materialized (
    select board_column, sum(rest + octet_length(to_json(title)::text) + octet_length(to_json(left(description, preview))::text))
      over (order by n, place, board_column rows unbounded preceding) as through
    from cards where (select needed from cut))
  select b.id, (select count(*) from tasks t where t.project_id = project and t.status = b.key and t.deleted_at is null and t.archived_at is null),
    case when cut.needed then (select count(*) from sized where board_column = b.id and through <= bytes) else per_column end, cut.needed
  from board_columns b cross join cut where b.project_id = project;
end $$;

-- The rank of a priority, 1 (none) to 5 (urgent), by which tasks are sorted.
create or replace function priority_rank(priority text) returns int language sql immutable parallel safe
  return array_position('{none,low,medium,high,urgent}'::text[], priority);
