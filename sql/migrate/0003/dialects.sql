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
is 'What became of an event, for its sender.';
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
