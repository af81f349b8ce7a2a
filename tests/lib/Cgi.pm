# SPDX-License-Identifier: ISC
package Cgi;

# The responder as CGI: one process for each request, under strace to inject
# a fault between two of its system calls.

use strict;
use warnings;

use JSON::PP ();
use POSIX ();

use Files qw(peek preload save);
use World ();

our $JSON = JSON::PP->new->utf8->canonical;

# Run one request and return what came: status (0: no whole answer), header
# (its bytes), body, json, killed (the signal that ended it).  Options: world,
# integration, event (bytes, or a structure), token, away, conf, program (the
# responder, unless it is another), wrap (words before it), and strace (its
# arguments; the trace goes to DIR/trace).
sub run
{
    my (%o) = @_;
    my $world = $o{world};
    my $body = ref $o{event} ? $JSON->encode($o{event}) : $o{event};
    my ($in, $out, $err) = map { "$world->{dir}/cgi.$$.$_" } qw(in out err);
    my @command = (@{ $o{wrap} // [] }, $o{program} // $world->{program});

    unshift @command, 'strace', '-f', '-qq', '-o', "$world->{dir}/trace",
        traceable($world), @{ $o{strace} }
        if $o{strace};
    save($in, $body);
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        %ENV = ($world->environment(%o), variables($body, %o),
            %{ $o{env} // {} });
        open STDIN, '<', $in or POSIX::_exit(126);
        open STDOUT, '>', $out or POSIX::_exit(126);
        open STDERR, '>', $err or POSIX::_exit(126);
        no warnings 'exec';
        exec @command;
        POSIX::_exit(127);
    }
    $world->adopt($pid);
    waitpid $pid, 0;
    my $killed = $? & 127;
    $world->release($pid);
    my $answer = parse(peek($out));
    $answer->{killed} = $killed;
    $answer->{stderr} = peek($err);
    return $answer;
}

# What lets strace look into the program; root may.
sub traceable
{
    my ($world) = @_;
    return if $> == 0;
    $world->{traceable} //=
        preload("$World::ROOT/tests/fault/lib/traceable.c", $world->{dir});
    return ('-E', "LD_PRELOAD=$world->{traceable}");
}

# The environment by RFC 3875.
sub variables
{
    my ($body, %o) = @_;
    my @token = defined $o{token} ? (HTTP_PAGERTREE_TOKEN => $o{token}) : ();
    return (
        GATEWAY_INTERFACE => 'CGI/1.1',
        SERVER_PROTOCOL => 'HTTP/1.1',
        REQUEST_METHOD => 'POST',
        SCRIPT_NAME => '/integration',
        PATH_INFO => "/$o{integration}",
        CONTENT_TYPE => 'application/json',
        CONTENT_LENGTH => length $body,
        REMOTE_ADDR => '127.0.0.1',
        @token);
}

# A status counts once the header is whole: a server may have passed it on.
sub parse
{
    my ($text) = @_;
    my %answer = (status => 0, header => $text, body => '');

    if ($text =~ /^(.*?)\r\n\r\n(.*)$/s) {
        @answer{qw(header body)} = ($1, $2);
        $answer{status} = $1 if $answer{header} =~ /^Status: (\d+)/m;
        $answer{json} = eval { $JSON->decode($answer{body}) };
    }
    return \%answer;
}

1;
