-- SPDX-License-Identifier: ISC
-- Formats: templates of messages to destinations.  Applied once by install.sql.

create table tocsin_internal.format (
    name                text collate "C" not null,
    audience            text        not null,
    content_type        text        not null default 'application/json',
    template            jsonb       not null,
    escape              text        not null default 'none',
    title_max           integer,
    title_bytes_max     integer,
    text_max            integer,
    text_bytes_max      integer,
    failure_pattern     text,
    is_builtin          boolean     not null default false,

    constraint format_pkey primary key (name),
    constraint format_name_is_a_word
        check (name ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    constraint audience_is_people_or_machines
        check (audience in ('people', 'machines')),
    constraint content_type_is_fit_for_a_header
        check (content_type ~ '^[!-~]([ -~]{0,126}[!-~])?$'),
    constraint template_is_an_object
        check (jsonb_typeof(template) = 'object'),
    constraint escape_is_known
        check (escape in ('slack', 'at_sign', 'markdown', 'paragraphs',
                          'none')),
    constraint limits_leave_room
        check (title_max >= 20 and title_bytes_max >= 20
               and text_max >= 20 and text_bytes_max >= 20)
);

comment on table tocsin_internal.format
is 'Template of messages to destinations.  Built-in ones are replaced at each'
    ' installation; format_add creates others.';
comment on column tocsin_internal.format.name
is 'Name, by which a destination refers to it.';
comment on column tocsin_internal.format.audience
is 'people: one message carries all that waits; machines: one notice each.';
comment on column tocsin_internal.format.content_type
is 'Content-Type of the request.';
comment on column tocsin_internal.format.template
is 'The body, with placeholders: see tocsin_internal.fill.';
comment on column tocsin_internal.format.escape
is 'How values are escaped, so that receivers do not read them as markup: see'
    ' tocsin_internal.escape_text.';
comment on column tocsin_internal.format.title_max
is 'Maximum characters of a string without description, text or lines; null: no'
    ' limit.  Counted as in UTF-16: one beyond U+FFFF counts twice.';
comment on column tocsin_internal.format.title_bytes_max
is 'The same limit in bytes of UTF-8.';
comment on column tocsin_internal.format.text_max
is 'Maximum characters of a string with description, text or lines; null: no'
    ' limit.  Counted like those of title_max.';
comment on column tocsin_internal.format.text_bytes_max
is 'The same limit in bytes of UTF-8.';
comment on column tocsin_internal.format.failure_pattern
is 'Regular expression: a 2xx whose body it matches means failure; null: none.';
comment on column tocsin_internal.format.is_builtin
is 'True if it comes with tocsin and is replaced at each installation.';

-- ----------------------------------------------------------------------
-- Input of facts_of
-- ----------------------------------------------------------------------

create type tocsin_internal.told as (
    alert_id    uuid,
    notice      text,
    notice_id   uuid,
    created_at  timestamptz
);
comment on type tocsin_internal.told
is 'A delivery in a message, as facts_of needs it.';
comment on column tocsin_internal.told.alert_id
is 'The alert; null: a test.';
comment on column tocsin_internal.told.notice
is 'created, acknowledged, resolved, escalated, reminder or test.';
comment on column tocsin_internal.told.notice_id
is 'Id that receivers see, the same at each attempt.';
comment on column tocsin_internal.told.created_at
is 'When the delivery was created.';

create type tocsin_internal.net as (
    alert_id            uuid,
    integration_id      text,
    integration_name    text,
    title               text,
    urgency             tocsin_internal.urgency,
    status              tocsin_internal.status,
    story               text,
    notice              text,
    notice_id           uuid,
    noticed_at          timestamptz,
    place               bigint
);
comment on type tocsin_internal.net
is 'The notices of a message about one alert, combined.';
comment on column tocsin_internal.net.alert_id
is 'The alert; for a test the id of its notice.';
comment on column tocsin_internal.net.integration_id
is 'Its integration; null for a test, or if the alert was deleted.';
comment on column tocsin_internal.net.integration_name
is 'Name of its integration.';
comment on column tocsin_internal.net.title
is 'Its title, as one line of at most 200 characters.';
comment on column tocsin_internal.net.urgency
is 'Its urgency.';
comment on column tocsin_internal.net.status
is 'Its status when the message is made.';
comment on column tocsin_internal.net.story
is 'What has happened to it, such as opened 10:02, resolved 10:05.';
comment on column tocsin_internal.net.notice
is 'The most important notice: resolved, else acknowledged, else another.';
comment on column tocsin_internal.net.notice_id
is 'Id of that notice.';
comment on column tocsin_internal.net.noticed_at
is 'When that notice was created.';
comment on column tocsin_internal.net.place
is 'Its place among the alerts of its integration: live ones first, then by'
    ' urgency, the newest first.';

-- ----------------------------------------------------------------------
-- Output of the tool's commands
-- ----------------------------------------------------------------------

create type tocsin_api.format_info as (
    name        text,
    audience    text,
    is_builtin  boolean,
    definition  text
);
comment on type tocsin_api.format_info
is 'A format, as the operator sees it.';
comment on column tocsin_api.format_info.name
is 'Its name.';
comment on column tocsin_api.format_info.audience
is 'people or machines.';
comment on column tocsin_api.format_info.is_builtin
is 'True if it comes with tocsin.';
comment on column tocsin_api.format_info.definition
is 'What format_add takes, as JSON in lines.';
