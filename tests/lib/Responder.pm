# SPDX-License-Identifier: ISC
package Responder;

# The responder as FastCGI on a socket of its own, and a client that speaks
# FastCGI in exactly the bytes a test wants.

use strict;
use warnings;

use Errno qw(EINTR);
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOCK_STREAM SOMAXCONN);
use Time::HiRes qw(sleep);

use Cgi;
use World ();

my $BEGIN = 1;
my $END = 3;
my $PARAMS = 4;
my $STDIN = 5;
my $STDOUT = 6;
my $serial = 0;

# Start it.  Options: world, and those of World::environment; wrap, a command
# to put in front; wait (0: do not wait until it serves).
sub start
{
    my ($class, %o) = @_;
    my $world = $o{world};
    my $path = "$world->{dir}/socket." . ++$serial;
    my $self = bless { world => $world, path => $path }, $class;
    my $listen = IO::Socket::UNIX->new(
        Type => SOCK_STREAM,
        Local => $path,
        Listen => SOMAXCONN
    ) or die "could not listen on $path: $!\n";
    my $before = length $world->log_text;

    $self->{listen} = $listen if $o{keep_listening};
    # Perl puts a signal off until it is safe, and an exec loses it.
    my $signals = POSIX::SigSet->new(POSIX::SIGINT(), POSIX::SIGTERM(),
        POSIX::SIGHUP(), POSIX::SIGQUIT());
    POSIX::sigprocmask(POSIX::SIG_BLOCK(), $signals);
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP QUIT); # what World takes
        POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $signals);
        %ENV = ($world->environment(%o), %{ $o{env} // {} });
        POSIX::dup2(fileno $listen, 0);
        open STDOUT, '>>', "$world->{dir}/stdout";
        open STDERR, '>>', "$world->{dir}/stderr";
        setpgrp;
        no warnings 'exec';
        exec @{ $o{wrap} // [] }, $world->{program};
        POSIX::_exit(127);
    }
    POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $signals);
    $self->{pid} = $pid;
    $world->adopt($pid);
    if ($o{wait} // 1) {
        World::await(20, sub {
            return substr($world->log_text, $before) =~ /: serving with/;
        }) or die "the responder did not start: " . $world->log_text . "\n";
    }
    return $self;
}

# Wait for its end at most so many seconds.  True when it has ended.
sub ended
{
    my ($self, $seconds) = @_;
    return 1 if !$self->{pid};
    return 0 unless World::await($seconds, sub {
        return waitpid($self->{pid}, POSIX::WNOHANG()) != 0;
    });
    $self->{status} = $?;
    $self->{world}->release($self->{pid});
    delete $self->{pid};
    return 1;
}

sub signal
{
    my ($self, $name) = @_;
    kill $name, $self->{pid} if $self->{pid};
}

# Ask it to end, then kill it.  Returns whether it ended by itself.
sub stop
{
    my ($self, $name) = @_;
    $self->signal($name // 'TERM');
    return 1 if $self->ended(10);
    $self->signal('KILL');
    $self->ended(5);
    return 0;
}

sub connect
{
    my ($self) = @_;
    my $s = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $self->{path})
        or die "could not connect: $!\n";
    return $s;
}

sub record
{
    my ($type, $content) = @_;
    my $padding = -length($content) % 8;
    return pack('CCnnCx', 1, $type, 1, length $content, $padding) . $content
        . "\0" x $padding;
}

# A stream in records, and the empty one that ends it.
sub stream
{
    my ($type, $bytes) = @_;
    my $text = '';
    $text .= record($type, $_) for unpack '(a32768)*', $bytes;
    return $text . record($type, '');
}

sub pairs
{
    my (%variables) = @_;
    my $text = '';

    for my $name (sort keys %variables) {
        $text .= join '', map { $_ < 128 ? chr : pack 'N', $_ | 1 << 31 }
            length $name, length $variables{$name};
        $text .= $name . $variables{$name};
    }
    return $text;
}

# The bytes of one request, in the three parts of it.  Options: those of
# Cgi::variables, event, and variables, to replace some of them; undef takes
# one away.
sub parts
{
    my (%o) = @_;
    my $body = ref $o{event} ? $Cgi::JSON->encode($o{event}) : $o{event};
    my %variables = (Cgi::variables($body, %o), %{ $o{variables} // {} });

    defined $variables{$_} or delete $variables{$_} for keys %variables;
    return (
        record($BEGIN, pack 'nCx5', 1, $o{keep} ? 1 : 0),
        stream($PARAMS, pairs(%variables)),
        stream($STDIN, $body));
}

sub abort_request
{
    return record(2, '');
}

# Send bytes until the other side accepts no more.
sub put
{
    my ($s, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';

    while (length $bytes) {
        my $n = syswrite $s, $bytes;
        next if !defined $n && $! == EINTR;
        return 0 if !$n;
        substr $bytes, 0, $n, '';
    }
    return 1;
}

# Read an answer: as Cgi::parse, with whole (END_REQUEST came), silent (none
# came in time), and closed (the other side hung up).
sub get
{
    my ($s, $seconds) = @_;
    my ($bytes, $text, %seen) = ('', '');
    my $until = World::now() + ($seconds // 10);
    my $select = IO::Select->new($s);

    READ: while (1) {
        while (length $bytes >= 8) {
            my (undef, $type, undef, $length, $padding) =
                unpack 'CCnnC', $bytes;
            last if length $bytes < 8 + $length + $padding;
            $text .= substr $bytes, 8, $length if $type == $STDOUT;
            substr $bytes, 0, 8 + $length + $padding, '';
            $seen{whole} = 1, last READ if $type == $END;
        }
        my $left = $until - World::now();
        if ($left <= 0) {
            $seen{silent} = 1;
            last;
        }
        next unless $select->can_read($left);
        my $n = sysread $s, $bytes, 65_536, length $bytes;
        next if !defined $n && $! == EINTR;
        $seen{closed} = 1, last if !$n;
    }
    my $answer = Cgi::parse($text);
    return { %$answer, %seen };
}

# One request from beginning to end.
sub post
{
    my ($self, %o) = @_;
    my $s = $self->connect;

    put($s, join '', parts(%o));
    return get($s, $o{seconds});
}

# Drain the spool with a responder that has the database.  True when nothing
# waits any more.
sub drain
{
    my ($world, %o) = @_;
    my $self = Responder->start(world => $world, %o);
    my $empty = World::await($o{seconds} // 30, sub {
        return !$world->spooled('new');
    });

    $self->stop;
    return $empty;
}

1;
