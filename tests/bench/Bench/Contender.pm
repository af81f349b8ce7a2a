# SPDX-License-Identifier: ISC
package Bench::Contender;

# What is measured: a web server with a program behind it, or a peer.  One
# is started when it is first asked for and runs until the end; what does
# nothing costs the others nothing.

use strict;
use warnings;

use FindBin ();

use World::Front;

# front: a front end of tests/lib, with the file that is shipped for it.
# peer: somebody else's, of Bench::Peer.  fresh: started anew for each run,
# as it keeps in memory what it was sent.  program: one of ours that stores
# nothing.  script: the database alone, called by pgbench.  silent: without
# NOTIFY.  below: what follows the integration in the URL.  watched: its alerts
# are routed to a destination; relay: tocsin-relay runs beside it while it is
# measured.  NAME-before is NAME of another revision, Bench::Before.
my %CONTENDERS = (
    ceiling => { front => 'lighttpd-spawn', program => 'ceiling' },
    tocsin => { front => 'lighttpd-spawn' },
    arrays => { front => 'lighttpd-spawn' },
    crowded => { front => 'lighttpd-spawn' },
    dialect => { front => 'lighttpd-spawn', below => '/alertmanager' },
    other => { front => 'lighttpd-spawn', other => 1 },
    silent => { front => 'lighttpd-spawn', silent => 1 },
    spoolless => { front => 'lighttpd-spawn', options => 'spool=' },
    proxy => { front => 'apache-proxy' },
    fcgid => { front => 'apache-fcgid' },
    cgi => { front => 'lighttpd-cgi' },
    plaincgi => { front => 'lighttpd-cgi', options => 'door=no' },
    hello => { front => 'lighttpd-cgi', program => 'hello' },
    empty => { front => 'lighttpd-spawn', database => 'bench_empty' },
    million => { front => 'lighttpd-spawn', database => 'bench_million' },
    few => { front => 'lighttpd-spawn', database => 'bench_few' },
    unwatched => { front => 'lighttpd-spawn', database => 'bench_unwatched' },
    watched => {
        front => 'lighttpd-spawn', database => 'bench_watched', watched => 1
    },
    told => {
        front => 'lighttpd-spawn', database => 'bench_told', watched => 1,
        relay => 1
    },
    frozen => {
        front => 'lighttpd-spawn', database => 'bench_frozen', watched => 1,
        relay => 1
    },
    php => { peer => 'php' },
    alertmanager => { peer => 'alertmanager', fresh => 1 },
    pgbench => { script => 'ingest' },
    pgplain => { script => 'plain' },
    pgsilent => { script => 'ingest', silent => 1 },
);

sub new
{
    my ($class, $name, $dir, $before) = @_;
    my ($kind, $is_before) = $name =~ /^(\w+)(-before)?$/;
    return bless {
        database => $ENV{PGDATABASE},
        %{ $CONTENDERS{$kind} },
        $is_before ? (before => $before, database => 'bench_before') : (),
        name => $name,
        dir => $dir,
    }, $class;
}

# Start it, unless it runs.
sub start
{
    my ($self) = @_;
    return if $self->{server};
    if ($self->{peer}) {
        require Bench::Peer;
        my $start = Bench::Peer->can($self->{peer});
        $self->{server} = Bench::Peer->$start;
    } elsif ($self->{front}) {
        local %ENV = (%ENV, $self->settings);
        my $before = $self->{before};
        $self->{server} = Bench::Contender::Front->start($self->{front},
            $before ? $before->front_options : (),
            $self->{program} ? (thin => 0) : ());
    }
}

# What tests/lib/with-front says of these.  An operator does not log each
# event.
sub settings
{
    my ($self) = @_;
    my $which = $self->{other} ? 'OTHER' : 'TOCSIN';
    my $options = join '; ', 'log_level = info',
        map { s/=/ = /r } $self->{options} // (),
        split ' ', $ENV{"BENCH_${which}_OPTS"} // '';
    my $program =
          $self->{program} ? "$self->{dir}/$self->{program}"
        : $self->{before} ? $self->{before}{program}
        : $ENV{TOCSIN_PROGRAM};

    return (
        PGDATABASE => $self->{database},
        FRONT_SETTINGS => $options,
        FRONT_BASE => '/',
        TOCSIN_ROLE => 'tocsin_web',
        $program ? (TOCSIN_PROGRAM => $program) : (),
    );
}

# Where the events of an integration go.
sub url
{
    my ($self, $integration) = @_;
    my $url = $self->{server}{url};
    return
          $self->{front}
        ? "${url}integration/$integration" . ($self->{below} // '')
        : $self->{name} eq 'php' ? "$url$integration"
        : $url;
}

# Whether what it acknowledges is in the database.
sub stores
{
    my ($self) = @_;
    return !$self->{program} && !$self->{fresh};
}

# What pgbench is to run.
sub script
{
    my ($self) = @_;
    my $bench = $self->{before}
        ? "$self->{before}{root}/tests/bench" : $FindBin::Bin;
    return $self->{script} && "$bench/$self->{script}.pgbench";
}

# The processes that were started for it, without those below them.
sub roots
{
    my ($self) = @_;
    my $server = $self->{server} or return [];
    return [ @{ $server->{pids} },
        $self->{sender} ? $self->{sender}{pid} : (),
        $server->can('residents') ? $server->residents : () ];
}

# Start and stop the relay.
sub start_relay
{
    my ($self) = @_;
    return unless $self->{relay};
    require Bench::Relay;
    $self->{sender} = Bench::Relay->start(
        "$self->{dir}/$self->{name}.conf", $self->{database});
}

sub stop_relay
{
    my ($self) = @_;
    my $sender = delete $self->{sender} or return;
    $sender->stop;
}

# End the responder behind the door, as if none had ever been started.
sub forget
{
    my ($self) = @_;
    my $server = $self->{server};

    kill 'TERM', $server->residents;
    World::await(10, sub { !$server->left }) // die "a responder stays\n";
    unlink "$server->{dir}/spool/door.lock";
}

# End it.  Returns how many of its processes had to be killed.
sub stop
{
    my ($self) = @_;
    my $server = delete $self->{server} or return 0;
    return $server->stop // 0;
}

# A front end whose settings may say again what those of the tests say: the
# last one holds.
package Bench::Contender::Front;

our @ISA = ('World::Front');

sub write_settings
{
    my ($self, $path) = @_;
    my (%line, @names);

    $self->SUPER::write_settings($path);
    open my $f, '<', $path or die "could not read $path: $!\n";
    while (my $line = <$f>) {
        my ($name) = $line =~ /^(\w+)/ or next;
        push @names, $name unless $line{$name};
        $line{$name} = $line;
    }
    Files::save($path, @line{@names});
}

1;
