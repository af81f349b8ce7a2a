-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.note_end()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.note_end(0)
--
--      Trigger on integration: record when a token expired and when an
--      integration was disabled, whoever changes it, so that judge_spooled
--      knows what was valid at a given time.
--
--      Uses the clock and not the start of the transaction, because until
--      this moment senders were promised that their events will be stored.
-- ----------------------------------------------------------------------
begin
    if new.enabled then
        new.disabled_at := null;
    elsif tg_op = 'INSERT' then
        -- A row restored from a dump keeps its time.
        new.disabled_at := coalesce(new.disabled_at, clock_timestamp());
    elsif old.enabled then
        new.disabled_at := clock_timestamp();
    end if;
    if tg_op = 'INSERT' then
        return new;
    end if;

    -- Retire each of the two old tokens that is not the new one.
    insert into retired_token as r (integration_id, token_hash, retired_at)
    select old.integration_id, t.token_hash,
           max(case when t.token_hash = new.previous_token_hash
               then new.previous_token_expires_at
               else least(t.expires_at, clock_timestamp()) end)
      from (values
           (coalesce(old.token_hash, ''), null),
           (old.previous_token_hash, old.previous_token_expires_at))
           as t(token_hash, expires_at)
     where t.token_hash <> coalesce(new.token_hash, '')
     group by t.token_hash
        on conflict (integration_id, token_hash)
           do update set retired_at = excluded.retired_at;
    return new;
end;
$$;

comment on function tocsin_internal.note_end
is 'Remembers until when tokens were good.';

create or replace trigger integration_10_note_end_insert
    before insert on tocsin_internal.integration
    for each row
    when (not new.enabled or new.disabled_at is not null)
    execute function tocsin_internal.note_end();

create or replace trigger integration_10_note_end_update
    before update on tocsin_internal.integration
    for each row
    when (old.enabled <> new.enabled
        or old.disabled_at is distinct from new.disabled_at
        or old.token_hash is distinct from new.token_hash
        or old.previous_token_hash is distinct from new.previous_token_hash
        or old.previous_token_expires_at
            is distinct from new.previous_token_expires_at)
    execute function tocsin_internal.note_end();

comment on trigger integration_10_note_end_insert
    on tocsin_internal.integration
is 'Records the time of an integration that is created disabled.';
comment on trigger integration_10_note_end_update
    on tocsin_internal.integration
is 'Records when tokens expire and when an integration is disabled.';
