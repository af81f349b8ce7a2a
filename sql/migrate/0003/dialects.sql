-- SPDX-License-Identifier: ISC
-- Dialects: taking other senders' webhooks.  Applied once by install.sql.

create type tocsin_api.receipt_found as (
    refusal         text,
    event_type      text,
    external_id     text,
    outcome         text,
    alert_id        uuid
);
comment on type tocsin_api.receipt_found
is 'The outcome of an event, for its sender.';
comment on column tocsin_api.receipt_found.refusal
is 'Why the sender may not ask; null if it may.';
comment on column tocsin_api.receipt_found.event_type
is 'create, acknowledge or resolve; null, as what follows, for no event.';
comment on column tocsin_api.receipt_found.external_id
is 'Id that the sender gave the alert.';
comment on column tocsin_api.receipt_found.outcome
is 'created, duplicate, acknowledged, resolved or ignored.';
comment on column tocsin_api.receipt_found.alert_id
is 'The alert it opened, changed or referred to.';

-- ----------------------------------------------------------------------
-- The dialect of an integration's sender
-- ----------------------------------------------------------------------

alter table tocsin_internal.integration
    add column dialect text,
    add column wrapper_key text,
    add constraint dialect_is_a_name
        check (dialect ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    add constraint wrapper_key_is_a_pointer
        check (wrapper_key ~ '^(/([^[:cntrl:]/~\\]|~[01])+){1,8}$'
               and octet_length(wrapper_key) <= 255);
comment on column tocsin_internal.integration.dialect
is 'Dialect of its sender, as a label; the URL decides what is read.';
comment on column tocsin_internal.integration.wrapper_key
is 'JSON pointer to the member of a body that holds the event; null: none.';

alter type tocsin_api.admission_entry
    add attribute wrapper_key text;
comment on column tocsin_api.admission_entry.wrapper_key
is 'JSON pointer to the member of a body that holds the event; null: none.';

alter type tocsin_api.integration_info
    add attribute dialect text,
    add attribute wrapper_key text;
comment on column tocsin_api.integration_info.dialect
is 'Dialect of its sender, as a label; the URL decides what is read.';
comment on column tocsin_api.integration_info.wrapper_key
is 'JSON pointer to the member of a body that holds the event; null: none.';

-- Dropped, since the new one returns more columns.
drop function if exists tocsin_api.board_integrations;
