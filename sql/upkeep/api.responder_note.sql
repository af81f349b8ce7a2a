-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.responder_note(
    i_host          text,
    i_account       text,
    i_configuration text,
    i_spool         text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.responder_note(4)
--
--      Note how a responder was started, and forget what none has reported
--      for a month.  Writes nothing if the last one of its host was started
--      the same way and reported within a minute.
--
-- Parameters:
--      as the columns of tocsin_internal.responder
-- ----------------------------------------------------------------------
begin
    if (i_account, i_configuration, i_spool) = (
        select r.account, r.configuration, r.spool
          from responder r
         where r.host = i_host
           and r.seen_at > now() - interval '1 minute'
         order by r.seen_at desc
         limit 1)
    then
        return;
    end if;
    delete from responder where seen_at < now() - interval '30 days';
    insert into responder (host, account, configuration, spool)
    values (i_host, i_account, i_configuration, i_spool)
    on conflict on constraint responder_pkey
    do update set seen_at = excluded.seen_at;
end;
$$;

comment on function tocsin_api.responder_note
is 'Note how a responder was started.';
