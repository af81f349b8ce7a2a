-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.retry_pause(
    i_verdict   tocsin_internal.answer_verdict,
    i_attempts  integer)
returns interval
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.retry_pause(2)
--
--      Return the back-off after a number of attempts, 1 or more: longer each
--      time, up to an hour, with a jitter of 0.8 to 1.2.
--
-- Returns:
--      null        - a message that is refused has been tried three times
-- ----------------------------------------------------------------------
begin
    return case
        when i_verdict <> 'refuse' then
            (0.8 + 0.4 * random()) * interval '1 second' * (array[5, 15, 30,
                60, 120, 300, 600, 1200, 1800, 3600])[least(i_attempts, 10)]
        when i_attempts = 1 then interval '1 minute'
        when i_attempts = 2 then interval '10 minutes' end;
end;
$$;

comment on function tocsin_internal.retry_pause
is 'Return the back-off after a failed attempt.';
