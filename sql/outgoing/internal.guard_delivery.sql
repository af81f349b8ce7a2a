-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.guard_delivery()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.guard_delivery(0)
--
--      Trigger on delivery.  Refuse, whoever writes: an insert in a state other
--      than due, a change of state that is not a row of delivery_step, a change
--      of what is told to whom, the removal of a delivery that waits, and
--      TRUNCATE.  So each notice is sent, or dead or cancelled with a reason.
--
-- Raises:
--      TO001   - names what was tried
-- ----------------------------------------------------------------------
declare
    _what   text;
begin
    if tg_op = 'TRUNCATE' then
        _what := 'deliveries cannot be truncated: some may wait';
    elsif tg_op = 'INSERT' then
        _what := format('delivery %s cannot begin as %s', new.delivery_id,
            new.state);
    elsif tg_op = 'DELETE' then
        _what := format('delivery %s is %s and cannot be removed',
            old.delivery_id, old.state);
    elsif (new.delivery_id, new.destination_id, new.notice, new.notice_id,
            new.created_at)
        <> (old.delivery_id, old.destination_id, old.notice, old.notice_id,
            old.created_at)
        or new.alert_id is distinct from old.alert_id
    then
        _what := format('the identity of delivery %s cannot be changed',
            old.delivery_id);
    elsif new.state <> old.state and not exists (
        select from delivery_step
         where from_state = old.state
           and to_state = new.state)
    then
        _what := format('delivery %s cannot go from %s to %s',
            old.delivery_id, old.state, new.state);
    else
        return null;
    end if;
    raise exception using errcode = 'TO001',
        message = _what,
        hint = 'See the table tocsin_internal.delivery_step.';
end;
$$;

comment on function tocsin_internal.guard_delivery
is 'Refuse changes of deliveries that delivery_step does not allow.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger delivery_10_guard_insert
    after insert on tocsin_internal.delivery
    for each row
    when (new.state <> 'due')
    execute function tocsin_internal.guard_delivery()$$);
    perform tocsin_internal.ensure_trigger($$
create or replace trigger delivery_10_guard_update
    after update on tocsin_internal.delivery
    for each row
    execute function tocsin_internal.guard_delivery()$$);
    perform tocsin_internal.ensure_trigger($$
create or replace trigger delivery_10_guard_delete
    after delete on tocsin_internal.delivery
    for each row
    when (old.state in ('due', 'sending'))
    execute function tocsin_internal.guard_delivery()$$);
    perform tocsin_internal.ensure_trigger($$
create or replace trigger delivery_10_guard_truncate
    before truncate on tocsin_internal.delivery
    for each statement
    execute function tocsin_internal.guard_delivery()$$);
    perform tocsin_internal.ensure_trigger($$
create or replace trigger delivery_step_10_guard
    before insert or update or delete or truncate
    on tocsin_internal.delivery_step
    for each statement
    execute function tocsin_internal.guard_record()$$);
    perform tocsin_internal.ensure_trigger($$
create or replace trigger answer_10_guard
    before insert or update or delete or truncate
    on tocsin_internal.answer
    for each statement
    execute function tocsin_internal.guard_record()$$);
end $do$;

comment on trigger delivery_10_guard_insert on tocsin_internal.delivery
is 'A delivery begins as due.';
comment on trigger delivery_10_guard_update on tocsin_internal.delivery
is 'State follows delivery_step; identity is immutable.';
comment on trigger delivery_10_guard_delete on tocsin_internal.delivery
is 'What waits cannot be removed.';
comment on trigger delivery_10_guard_truncate on tocsin_internal.delivery
is 'Deliveries cannot be truncated, because some may wait.';
comment on trigger delivery_step_10_guard on tocsin_internal.delivery_step
is 'The life of deliveries changes only with the version of the schema.';
comment on trigger answer_10_guard on tocsin_internal.answer
is 'What answers mean changes only with the version of the schema.';
