-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.relay_done(
    i_relay         uuid,
    i_message_id    uuid,
    i_status        integer,
    i_error         text,
    i_retry_after   integer,
    i_took_ms       integer,
    i_excerpt       text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.relay_done(7)
--
--      Record the result of a message.  Does nothing if the relay's lease has
--      ended.
--
-- Parameters:
--      i_status        - HTTP status; for mail and commands the exit status;
--                        null, or 0 for HTTP: no answer
--      i_error         - why there was no answer, or what is wrong with it;
--                        null: nothing.  Without secrets
--      i_retry_after   - after how many seconds the answer asks to retry;
--                        null: it does not
--      i_took_ms       - how long it took
--      i_excerpt       - the beginning of the answer, without secrets; null:
--                        none
-- ----------------------------------------------------------------------
begin
    perform note_result(i_relay,
        row(i_message_id, null, null, null, i_took_ms, i_status, null, i_error,
            left(i_excerpt, 2000), null)::attempt,
        i_retry_after, clock_timestamp());
end;
$$;

comment on function tocsin_api.relay_done
is 'Record the result of a message.';
