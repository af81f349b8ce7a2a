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
--      Return all that may be said in one message: the placeholders of
--      formats, and what they stand for.  Times in lines are in the time
--      zone i_zone; any others are in UTC.
--
-- Returns:
--      what alert_facts returns of the alert, or of many of the first: live
--      ones come first, then by urgency, the newest first.  Of many title is
--      the summary, url the board, and description and text are empty.  And
--      count           - how many alerts the message tells of
--      summary         - one line about it
--      lines           - a line per alert; of one its story
--      rest            - lines after these: of one alert its text, of many
--                        counts of those that have no line
--      alerts          - what alert_facts returns of each that has a line
--      notified_unix   - when it became due to be told, in seconds
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
is 'Return all that may be said in one message.';
