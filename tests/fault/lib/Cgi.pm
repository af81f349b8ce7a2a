# SPDX-License-Identifier: ISC
package Cgi;

# The responder as CGI: one process for one request, under strace where a
# fault is to be put between two of its system calls.

use strict;
use warnings;

use File::Basename qw(dirname);
use JSON::PP ();
use POSIX ();

use lib dirname(__FILE__) . '/../../lib';
use Files qw(preload);

our $JSON = JSON::PP->new->utf8->canonical;

# Run one request and return what came: status (0: no whole answer), header
# (its bytes), body, json, killed (the signal that ended it).  Options: rig,
# integration, event (bytes, or a structure), token, away, conf, and strace
# (its arguments; the trace goes to DIR/trace).
sub run
{
    my (%o) = @_;
    my $rig = $o{rig};
    my $body = ref $o{event} ? $JSON->encode($o{event}) : $o{event};
    my ($in, $out, $err) = map { "$rig->{dir}/cgi.$_" } qw(in out err);
    my @command = ($rig->{program});

    unshift @command, 'strace', '-f', '-qq', '-o', "$rig->{dir}/trace",
        traceable($rig), @{ $o{strace} }
        if $o{strace};
    write_file($in, $body);
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        %ENV = ($rig->environment(%o), variables($body, %o),
            %{ $o{env} // {} });
        open STDIN, '<', $in or POSIX::_exit(126);
        open STDOUT, '>', $out or POSIX::_exit(126);
        open STDERR, '>', $err or POSIX::_exit(126);
        no warnings 'exec';
        exec @command;
        POSIX::_exit(127);
    }
    $rig->adopt($pid);
    waitpid $pid, 0;
    my $killed = $? & 127;
    $rig->release($pid);
    my $answer = parse(Rig::slurp($out));
    $answer->{killed} = $killed;
    $answer->{stderr} = Rig::slurp($err);
    return $answer;
}

# What lets strace look into the program; root may.
sub traceable
{
    my ($rig) = @_;
    return if $> == 0;
    $rig->{traceable} //=
        preload(dirname(__FILE__) . '/traceable.c', $rig->{dir});
    return ('-E', "LD_PRELOAD=$rig->{traceable}");
}

# What RFC 3875 has in the environment.
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

sub write_file
{
    my ($path, $bytes) = @_;
    open my $file, '>:raw', $path or die "could not write $path: $!\n";
    print $file $bytes;
    close $file or die "could not write $path: $!\n";
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
