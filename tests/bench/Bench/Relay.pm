# SPDX-License-Identifier: ISC
package Bench::Relay;

# tocsin-relay beside a responder, and a receiver that never answers it.

use strict;
use warnings;

use FindBin ();
use IO::Socket::INET;

use Files ();

my $listener;

# A URL whose host accepts connections and does nothing.
sub frozen
{
    $listener //= IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Listen => 128)
        or die "could not listen: $!\n";
    return 'http://127.0.0.1:' . $listener->sockport . '/';
}

# A relay for a database, with its configuration at $conf.
sub start
{
    my ($class, $conf, $database) = @_;
    Files::save($conf, "relay_database = dbname=$database user=tocsin_relay\n",
        "relay_allow = 127.0.0.0/8\n", "log = $conf.log\n");
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        @SIG{qw(INT TERM HUP QUIT)} = ('DEFAULT') x 4;
        exec "$FindBin::Bin/../../build/tocsin-relay", '-c', $conf;
        die "could not run tocsin-relay: $!\n";
    }
    return bless { pid => $pid }, $class;
}

# It waits for answers to what it has sent, so do not wait for its end.
sub stop
{
    my ($self) = @_;
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
