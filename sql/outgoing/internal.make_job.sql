-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.make_job(
    d           tocsin_internal.destination,
    i_message   uuid,
    i_now       timestamptz)
returns tocsin_api.job
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.make_job(3)
--
--      Render the message that carries some leased deliveries.
--
--      Commands get the format standard.  A mail refers to the first mail about
--      its alert, so that they form a thread.
-- ----------------------------------------------------------------------
declare
    _format constant format := (
                select f from format f
                 where f.name = coalesce(d.format, 'standard'));
    _facts  jsonb;
    _ids    bigint[];
    _first  delivery;
    _job    tocsin_api.job;
    _hops   text;
begin
    select array_agg(delivery_id order by delivery_id),
           case when count(distinct alert_id) = 1 then min(alert_id::text)
               end::uuid
      into _ids, _job.alert_id
      from delivery
     where message_id = i_message
       and leased_by is not null;
    select * into _first from delivery where delivery_id = _ids[1];
    _facts := facts(_ids, i_now);
    _job.message_id := i_message;
    _job.destination_id := d.destination_id;
    _job.kind := d.kind;
    _job.address := d.address;
    _job.headers := d.headers;
    _job.timeout_ms := extract(epoch from d.timeout) * 1000;
    _job.pin := d.pin;
    _job.notice := _first.notice;
    _job.notice_id := _first.notice_id;
    _job.delivery_count := cardinality(_ids);
    _job.secrets := array_remove(array[encode(d.secret, 'hex'),
        case when d.previous_secret_expires_at > i_now
             then encode(d.previous_secret, 'hex') end], null);
    if d.kind = 'mail' then
        select o_subject, o_body
          into _job.mail_subject, _job.body
          from mail_text(_facts);
        _job.mail_to := d.address;
        _job.mail_message_id := _first.notice_id;
        _job.mail_references := nullif(_job.alert_id, _first.notice_id);
        return _job;
    end if;
    _job.content_type := _format.content_type;
    _job.body := render(_format, _facts)::text;
    _job.secret_paths := case when _format.template::text like '%{{secret.%'
        then secret_paths(_format.template) else '{}' end;
    if _format.audience = 'machines' then
        _job.webhook_id := 'msg_' || replace(_first.notice_id::text, '-', '');
        select max(substr(f, 6))
          into _hops
          from alert a
         cross join lateral unnest(a.flags) f
         where a.alert_id = _job.alert_id
           and f ~ E'^hops-\\d$';
        _job.hops := 1 + coalesce(_hops::integer, 0);
    end if;
    return _job;
end;
$$;

comment on function tocsin_internal.make_job
is 'Render a message for a relay to send.';
