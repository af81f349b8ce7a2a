-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.join_lines(
    i_facts     jsonb,
    i_escape    text,
    i_max       integer,
    i_bytes_max integer)
returns text
language plpgsql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.join_lines(4)
--
--      Join the lines of a message: a line per alert, then the counts of those
--      without one.  If that exceeds the limits: as many lines as fit, and the
--      number of further alerts.
--
-- Parameters:
--      i_facts     - its lines, rest and count are read: see facts_of
--      i_escape    - see escape_text
--      i_max, i_bytes_max  - see exceeds
-- ----------------------------------------------------------------------
declare
    _lines  text[];
    _rest   text[];
    _end    text := escape_text(E'\n', i_escape);
    _joined text;
begin
    select array_agg(escape_text(l, i_escape) order by n) into _lines
      from jsonb_array_elements_text(i_facts -> 'lines')
           with ordinality as lines(l, n);
    select array_agg(escape_text(l, i_escape) order by n) into _rest
      from jsonb_array_elements_text(i_facts -> 'rest')
           with ordinality as rest(l, n);
    _joined := array_to_string(_lines || _rest, _end);
    for _n in reverse coalesce(cardinality(_lines), 0) - 1 .. 1 loop
        exit when not exceeds(_joined, i_max, i_bytes_max);
        _joined := array_to_string(_lines[:_n], _end) || _end || 'and '
            || ((i_facts ->> 'count')::integer - _n)::text || ' more';
    end loop;
    return shorten(coalesce(_joined, ''), i_max, i_bytes_max);
end;
$$;

comment on function tocsin_internal.join_lines
is 'Join the lines of a message, as many as a receiver accepts.';
