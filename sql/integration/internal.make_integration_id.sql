-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.make_integration_id(
    i_prefix    text)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.make_integration_id(1)
--
--      Return a new id: int_, the prefix and _ if there is one, then random
--      letters and digits, uniformly distributed.  Some senders take at most
--      14 characters behind int_, so a long prefix leaves fewer for them.
--
-- Parameters:
--      i_prefix    - 1 to 4 characters, so that 9 to 12 are random; null:
--                    none, and 12 are
-- ----------------------------------------------------------------------
declare
    _letters    constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
                    || 'abcdefghijklmnopqrstuvwxyz';
    _id         text := 'int_' || coalesce(i_prefix || '_', '');
    _length     constant integer := least(18, length(_id) + 12);
    _random     bytea;
    _byte       integer;
begin
    while length(_id) < _length loop
        _random := uuid_send(gen_random_uuid());
        for _i in 0..15 loop
            -- Bytes 6 and 8 hold version and variant.  248 is the highest
            -- multiple of 62 in a byte; values from there on would bias.
            continue when _i in (6, 8);
            _byte := get_byte(_random, _i);
            continue when _byte >= 248;
            _id := _id || substr(_letters, _byte % 62 + 1, 1);
            exit when length(_id) = _length;
        end loop;
    end loop;
    return _id;
end;
$$;

comment on function tocsin_internal.make_integration_id
is 'Return a new random integration id.';
