-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.make_integration_id()
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.make_integration_id(0)
--
--      Return int_ and twelve random letters and digits, uniformly
--      distributed.
-- ----------------------------------------------------------------------
declare
    _letters    constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
                    || 'abcdefghijklmnopqrstuvwxyz';
    _id         text := 'int_';
    _random     bytea;
    _byte       integer;
begin
    while length(_id) < 16 loop
        _random := uuid_send(gen_random_uuid());
        for _i in 0..15 loop
            -- Bytes 6 and 8 hold version and variant.  248 is the highest
            -- multiple of 62 in a byte; values from there on would bias.
            continue when _i in (6, 8);
            _byte := get_byte(_random, _i);
            continue when _byte >= 248;
            _id := _id || substr(_letters, _byte % 62 + 1, 1);
            exit when length(_id) = 16;
        end loop;
    end loop;
    return _id;
end;
$$;

comment on function tocsin_internal.make_integration_id
is 'Return a new random integration id.';
