-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.facts_of(
    i_told  tocsin_internal.told[],
    i_now   timestamptz,
    i_zone  text)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.facts_of(3)
--
--      Return the facts of one message: the placeholders of formats and their
--      values.  Times in lines are in the time zone i_zone, others in UTC.
--
-- Returns:
--      the alert_facts of the alert; or, of several, those of the first: live
--      ones come first, then by urgency, then the newest.  title is then the
--      summary, url that of the board, description and text are empty.  And
--      count           - number of alerts in the message
--      summary         - one line about the message
--      lines           - a line per alert; of a single one its story
--      rest            - lines after these: the text of a single alert; of
--                        several, counts of those without a line
--      alerts          - the alert_facts of each that has a line
--      notified_unix   - when the first alert's notice was created, in seconds
-- ----------------------------------------------------------------------
declare
    _nets   net[];
    _facts  jsonb;
begin
    select array_agg(n order by n.status <> 'resolved' desc,
                   n.urgency desc, n.place, n.noticed_at desc, n.alert_id)
      into _nets
      from net_alerts(i_told, i_now, i_zone) n;
    if _nets is null then
        return null;
    end if;
    _facts := alert_facts(_nets[1], i_now) || jsonb_build_object(
        'count', cardinality(_nets),
        'summary', summarize(_nets),
        'notified_unix', trunc(extract(epoch from _nets[1].noticed_at)));
    if cardinality(_nets) > 1 then
        return _facts || list_alerts(_nets, i_now) || link_facts(null)
            || jsonb_build_object('title', _facts -> 'summary',
                'description', '', 'text', '');
    end if;
    return _facts || jsonb_build_object(
        'lines', jsonb_build_array(coalesce(
            nullif(_nets[1].story, ''), _nets[1].title)),
        'rest', case when _facts ->> 'text' = '' then '[]'
                     else jsonb_build_array('', _facts -> 'text') end,
        'alerts', jsonb_build_array(_facts));
end;
$$;

comment on function tocsin_internal.facts_of
is 'Return the facts of one message.';
