-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.judge_answer(
    i_kind          tocsin_internal.destination_kind,
    i_format        text,
    i_status        integer,
    i_retry_after   integer,
    i_excerpt       text)
returns tocsin_internal.answer_verdict
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.judge_answer(5)
--
--      Return what an answer means, by the rows of answer; a 2xx whose body
--      matches the format's failure_pattern means retry.
--
-- Parameters:
--      as for tocsin_api.relay_done
-- ----------------------------------------------------------------------
begin
    return (
        select case
            when a.verdict = 'sent'
                and i_excerpt ~ (
                    select failure_pattern from format where name = i_format)
            then 'retry'
            else coalesce(a.verdict, 'retry') end
          from (select) one
          left join lateral (
               select r.verdict
                 from answer r
                where r.by_exit = (i_kind <> 'webhook')
                  and r.status_min <= i_status
                  and r.status_max >= i_status
                  and (not r.says_when or i_retry_after is not null)
                order by r.status_max - r.status_min, r.says_when desc
                limit 1) a on true);
end;
$$;

comment on function tocsin_internal.judge_answer
is 'Return what the answer of a destination means.';
