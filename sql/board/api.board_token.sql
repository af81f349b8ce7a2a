-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_token(
    i_alert_id  uuid)
returns setof text
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_token(1)
--
--      Return the tokens that protect the board's forms for an alert from
--      cross-site request forgery.  Computing one requires the secret of
--      this installation.
--
-- Returns:
--      the token of this hour, then that of the previous hour, so that a
--      page is valid for at least an hour; no row if the board was never
--      turned on
-- ----------------------------------------------------------------------
    -- HMAC (RFC 2104) needs an extension; hashing twice also prevents length
    -- extension.
    select encode(sha256(convert_to(s.value || '|' || encode(sha256(
               convert_to(s.value || '|' || i_alert_id || '|' || h.hour,
                   'UTF8')), 'hex'), 'UTF8')), 'hex')
      from setting s
     cross join (
           select floor(extract(epoch from now()) / 3600)::bigint - n as hour
             from generate_series(0, 1) n) h
     where s.name = 'board_secret'
     order by h.hour desc
$$;

comment on function tocsin_api.board_token
is 'Return the tokens that the board''s forms for an alert must send.';
