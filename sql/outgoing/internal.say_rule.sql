-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.say_rule(
    i_constraint    text,
    i_kind          tocsin_internal.destination_kind default null)
returns text
language sql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.say_rule(2)
--
--      Return what to do about a violated constraint of a destination or route.
--      Constraints whose names say it are quoted.
--
-- Parameters:
--      i_kind      - of the destination
-- ----------------------------------------------------------------------
    select case
        when i_constraint = 'address_fits_kind' then case i_kind
            when 'webhook' then 'the address of a webhook must be like'
                || ' https://example.org/path, without spaces and without a'
                || ' user in it'
            when 'mail' then 'the address of a mail must be like'
                || ' duty@example.org, or several, separated by commas'
            else 'a command is the name of a file: up to 32 lower-case'
                || ' letters, digits and hyphens' end
        when i_constraint in ('destination_name_is_a_word',
            'route_name_is_a_word')
        then 'a name must be 1 to 64 letters, digits, dots, hyphens and'
            || ' underscores, and begin with a letter or digit'
        when i_constraint = 'a_webhook_has_a_format'
        then 'only a webhook has a format'
        when i_constraint = 'gap_is_at_most_a_day'
        then 'the gap must not be longer than its most, which is a day or'
            || ' less: set gap_max, too'
        when i_constraint = 'hours_are_whole'
        then 'hours need a begin, another end and a zone, and days need hours'
        when i_constraint = 'pin_has_its_form'
        then 'a pin must be sha256// and 44 characters of base64, or several,'
            || ' separated by semicolons'
        else 'not possible: ' || replace(i_constraint, '_', ' ') end
$$;

comment on function tocsin_internal.say_rule
is 'Return what to do about a constraint of a destination or route.';
