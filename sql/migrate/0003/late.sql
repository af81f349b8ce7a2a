-- SPDX-License-Identifier: ISC
-- Late events: an event that waited in one host's spool may reach the database
-- after later ones that came through another host.  Applied once by
-- install.sql.

-- ----------------------------------------------------------------------
-- The lifecycle
-- ----------------------------------------------------------------------

create type tocsin_internal.overtaker as enum
    ('nothing', 'vain_resolve', 'end', 'begin', 'create');
comment on type tocsin_internal.overtaker
is 'Which later event, stored before, a spooled event must give way to.'
    '  vain_resolve: a resolve that found no live alert; end: the resolve of'
    ' the alert; begin: the create that opened it; create: that or a'
    ' duplicate.';

-- Replaced at the end of each installation.
drop trigger if exists transition_10_guard on tocsin_internal.transition;
alter table tocsin_internal.transition
    add column overtaken_by tocsin_internal.overtaker not null
        default 'nothing',
    drop constraint transition_pkey,
    add constraint transition_pkey
        primary key (from_status, event_type, overtaken_by);
comment on column tocsin_internal.transition.overtaken_by
is 'What must have overtaken a spooled event for this row to apply; if'
    ' several rows do, the last in the order of the type.';

insert into tocsin_internal.transition
    (from_status, event_type, overtaken_by, to_status, outcome, reason)
values
    ('none', 'create', 'vain_resolve', 'resolved', 'created', null),
    ('resolved', 'create', 'vain_resolve', 'resolved', 'created', null),
    ('resolved', 'create', 'end', 'resolved', 'duplicate', null),
    ('open', 'acknowledge', 'begin', 'open', 'ignored', 'overtaken'),
    ('open', 'resolve', 'create', 'open', 'ignored', 'overtaken'),
    ('acknowledged', 'resolve', 'create', 'acknowledged', 'ignored',
     'overtaken');

-- ----------------------------------------------------------------------
-- What find_overtaker compares
-- ----------------------------------------------------------------------

-- Ids of events are compared and not times of receipt: within a host ids
-- never decrease, whatever its clock does.
alter table tocsin_internal.alert
    add column last_duplicate_id uuid,
    add column resolve_id uuid;
comment on column tocsin_internal.alert.last_duplicate_id
is 'The newest create that repeated it; null if none did.';
comment on column tocsin_internal.alert.resolve_id
is 'The event that resolved it; null if that was done by hand, or before'
    ' schema version 3.  resolved_at is never before the times above it;'
    ' the time in this id may be.';

-- Spooled events outlive the upgrade, and only live alerts can still be
-- resolved by one.
update tocsin_internal.alert a
   set last_duplicate_id = (
           select e.event_id
             from tocsin_internal.event e
            where e.alert_id = a.alert_id
              and e.outcome = 'duplicate'
            order by e.event_id desc
            limit 1)
 where a.resolved_at is null
   and a.duplicate_count > 0;

-- One condition, and the type among the columns: every insert prepares the
-- condition anew.
create index event_ignored_idx
    on tocsin_internal.event (external_id, integration_id, event_type,
        event_id)
    where outcome = 'ignored';
comment on index tocsin_internal.event_ignored_idx
is 'Events that found no alert to change: resolves that overtook their create.';
-- Partitions copy the comment only when they are created.
do $$
declare
    _index  regclass;
begin
    for _index in
        select inhrelid
          from pg_inherits
         where inhparent = 'tocsin_internal.event_ignored_idx'::regclass
    loop
        execute format('comment on index %s is %L', _index,
            obj_description('tocsin_internal.event_ignored_idx'::regclass,
                'pg_class'));
    end loop;
end;
$$;

-- ----------------------------------------------------------------------
-- What judge_event and judge_events return
-- ----------------------------------------------------------------------

alter type tocsin_internal.verdict add attribute resolve_id uuid;
alter type tocsin_internal.verdict add attribute resolved_at timestamptz;
comment on column tocsin_internal.verdict.resolve_id
is 'The vain resolve that overtook it; null in all other cases.';
comment on column tocsin_internal.verdict.resolved_at
is 'When it ended the alert that the event opens.';
alter type tocsin_internal.verdict add attribute is_late boolean;
comment on column tocsin_internal.verdict.is_late
is 'What mark_late is for; only judge_event says it.';
