# SPDX-License-Identifier: ISC
# Calls of ingest, for tests of races.
#
#   my $db = Event::database();       a database with tocsin in it and an
#                                     integration, gone when the test ends
#   Event::ingest(type => 'create', id => 'A', ...)  a call with one event,
#                                     or with several of equal type; at: an
#                                     expression for when it was received
#   Event::new_id()                   a new id, in the order they are made
package Event;

use strict;
use warnings;

use Psql qw(psql);
use Time::HiRes qw(time);

my $number = 0;

sub database
{
    my $name = Psql::installed();
    psql($name, '-c', 'insert into tocsin_internal.integration'
            . " (integration_id, name) values ('int_race', 'race')");
    return $name;
}

sub new_id
{
    return sprintf '%08x-%04x-7000-8000-%012x', time * 1000 >> 16,
        time * 1000 & 0xffff, ++$number + ($$ << 20);
}

sub ingest
{
    my %e = @_;
    my @ids = ref $e{id} ? @{ $e{id} } : ($e{id});
    my @event_ids = map { $e{event_id} // new_id() } @ids;
    my @said = $e{type} eq 'create'
        ? (q('Title', '', null, '{}', '{}', '{}', false),
            ('null') x 3, q('{}'))
        : ('null') x 11;
    return 'select outcome from tocsin_api.ingest(array[' . join(', ', map {
        sprintf 'row(%s)::tocsin_api.event_in', join ', ',
            "'$event_ids[$_]'", $e{at} // 'now()',
            q('webhook', 'int_race', null),
            "'$e{type}'", "'$ids[$_]'", @said, 'null', 'null'
    } 0 .. $#ids) . '])';
}

1;
