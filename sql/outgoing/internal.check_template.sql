-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.check_template(
    i_template  jsonb,
    i_in_list   boolean)
returns void
language plpgsql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.check_template(2)
--
--      Check a template, or a part of one, for names that fill does not know.
--
-- Parameters:
--      i_in_list   - the part is in a list, which secret_paths does not search
--
-- Raises:
--      TO422       - there is no such placeholder or list, or a secret is only
--                    part of a string, or in a list
-- ----------------------------------------------------------------------
declare
    _known  text[] := '{acknowledged_at, acknowledged_unix, additional_data,
        age, alert_id, color, color_number, count, created_at, created_unix,
        dedup_keys, description, duplicate_count, event, external_id, flags,
        full_meta, incident, incident_message, integration, integration_id,
        last_event_at, level, lines, meta, notice_id, notified_at,
        notified_unix, resolved_at, resolved_unix, severity, status, story,
        summary, tags, text, title, urgency, url}'::text[];
    _lists  text[] := '{additional_data, alerts, dedup_keys, flags, lines,
        links, tags}'::text[];
    _name   text := coalesce(i_template ->> '$json', i_template ->> '$n',
                i_template ->> '$map');
    _wrong  text;
    _why    text := 'there is no placeholder %s';
begin
    if jsonb_typeof(i_template) = 'string' then
        select n into _wrong
          from unnest((string_to_array(i_template #>> '{}', '{{'))[2:]) p
         cross join lateral split_part(p, '}}', 1) n
         where p not like '%}}%'
            or n not like 'meta._%' and n <> all (_known)
               and not (i_in_list and n in ('item', 'format', 'label', 'value'))
               and (i_in_list or i_template #>> '{}'
                    !~ E'^\\{\\{secret\\.[A-Za-z0-9_.-]{1,64}\\}\\}$')
         limit 1;
    elsif _name is not null then
        _wrong := case when _name <> all (_known) then _name end;
    elsif i_template ? '$each' then
        _why := 'there is no list %s';
        _name := i_template ->> '$each';
        _wrong := case when _name = any (_lists) and i_template ? 'item'
                       then null else coalesce(_name, 'without a name') end;
        perform check_template(i_template -> 'item', true);
    elsif jsonb_typeof(i_template) = 'array' then
        perform check_template(e, true)
           from jsonb_array_elements(i_template) e;
    elsif jsonb_typeof(i_template) = 'object' then
        perform check_template(v, i_in_list)
           from jsonb_each(i_template) m(k, v);
    end if;
    if _wrong is not null then
        raise exception using errcode = 'TO422',
            message = format(_why, quote_literal(_wrong)),
            hint = case when _wrong like 'secret.%'
                then 'A secret must be the whole string, and not in a list.'
                else 'See tocsin(1), format, for those that there are.' end;
    end if;
end;
$$;

comment on function tocsin_internal.check_template
is 'Check a template for unknown placeholders.';
