# SPDX-License-Identifier: ISC
package Tocsin;

# What a test of the protocol needs: integrations, requests in exactly the
# bytes it wants, and a look into the database.  A test that is run without
# a front end starts one: FRONT=apache-cgi prove tests/http/010_create.t

use strict;
use warnings;

use Exporter qw(import);
use FindBin ();
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Socket qw(SHUT_WR TCP_NODELAY IPPROTO_TCP);
use Test::More;

our @EXPORT = qw(integration post create accepted problem request
    together value rows alerts json $JSON);

binmode $_, ':utf8' for map { Test::More->builder->$_ }
    qw(output failure_output todo_output);

my ($HOST, $PORT, $BASE);
our $JSON = JSON::PP->new->utf8->canonical->allow_nonref;

my $READ = JSON::PP->new->allow_nonref;

BEGIN {
    if (!$ENV{BASE_URL}) {
        my $front = $ENV{FRONT} // 'lighttpd-spawn';
        exec "$FindBin::Bin/../lib/with-front", $front, $^X,
            "-I$FindBin::Bin/../lib", $0, @ARGV
            or die "could not run with-front: $!\n";
    }
    ($HOST, $PORT, $BASE) = $ENV{BASE_URL} =~ m{^http://([^:/]+):(\d+)(/.*)$}
        or die "BASE_URL is odd: $ENV{BASE_URL}\n";
}

# Make an integration and return its id.  Options: name, token, capture,
# urgency.
sub integration
{
    my (%o) = @_;
    return value(
        'select integration_id from tocsin_api.integration_add('
            . ":'name', sha256(convert_to(nullif(:'token', ''), 'UTF8')),"
            . " :'capture', nullif(:'urgency', ''))",
        name => $o{name} // $0,
        token => $o{token} // '',
        capture => $o{capture} ? 'true' : 'false',
        urgency => $o{urgency} // '');
}

sub read_json
{
    my ($text) = @_;
    utf8::decode($text) or die "not UTF-8\n";
    return $READ->decode($text);
}

sub json
{
    return $JSON->encode($_[0]);
}

# POST an event: bytes, or a structure to be made JSON.
sub post
{
    my ($integration, $event, %o) = @_;
    return request(
        POST => "integration/$integration",
        body => ref $event ? json($event) : $event,
        %o,
        headers => [
            'Content-Type' => $o{type} // 'application/json',
            @{ $o{headers} // [] }
        ]);
}

# POST a create with what a sender must say, and more.
sub create
{
    my ($integration, %event) = @_;
    return post($integration,
        { event_type => 'create', Title => 'a title', %event });
}

# Send one request and return the answer: status, headers (names in lower
# case), body, and json where it is that.  Options: headers, body, chunked
# (the body in such pieces, without a length), length (to say another one),
# cut (close our side after the body), path (a whole one), wait (seconds).
sub request
{
    my ($method, $path, %o) = @_;
    return (together([ $method, $path, %o ]))[0];
}

# Send several requests, each on a connection of its own, all of them before
# any answer is read; return the answers in the same order.
sub together
{
    my @sockets = map { open_socket() } @_;
    for my $i (0 .. $#_) {
        my ($method, $path, %o) = @{ $_[$i] };
        local $SIG{PIPE} = 'IGNORE';
        print { $sockets[$i] } request_bytes($method, $path, %o);
        $sockets[$i]->flush;
        shutdown $sockets[$i], SHUT_WR if $o{cut};
    }
    my @read = map { read_all($_) } @sockets;
    return map { parse_answer($_) } @read;
}

sub open_socket
{
    my $s = IO::Socket::INET->new(
        PeerAddr => $HOST,
        PeerPort => $PORT,
        Timeout => 10
    ) or die "could not connect to $ENV{BASE_URL}: $!\n";
    setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1;
    binmode $s;
    return $s;
}

sub request_bytes
{
    my ($method, $path, %o) = @_;
    my @headers = @{ $o{headers} // [] };
    my $body = $o{body} // '';
    my $text = "$method " . ($o{path} // $BASE . $path) . " HTTP/1.1\r\n"
        . "Host: localhost\r\nConnection: close\r\n";

    while (my ($name, $value) = splice @headers, 0, 2) {
        $text .= "$name: $value\r\n";
    }
    if ($o{chunked}) {
        $text .= "Transfer-Encoding: chunked\r\n\r\n";
        for (my $at = 0; $at < length $body; $at += $o{chunked}) {
            my $piece = substr $body, $at, $o{chunked};
            $text .= sprintf "%x\r\n%s\r\n", length $piece, $piece;
        }
        return $text . "0\r\n\r\n";
    }
    my $length = $o{length} // length $body;
    $text .= "Content-Length: $length\r\n"
        if $length ne '' && (defined $o{body} || $method eq 'POST');
    return "$text\r\n$body";
}

# All until the other side closes, or 30 seconds of silence.
sub read_all
{
    my ($s) = @_;
    my $select = IO::Select->new($s);
    my $text = '';

    while ($select->can_read(30)) {
        my $n = sysread $s, $text, 65_536, length $text;
        last if !$n;
    }
    return $text;
}

sub parse_answer
{
    my ($text) = @_;
    my ($head, $body) = split /\r\n\r\n/, $text, 2;

    # The server may have told us to go on with the body.
    ($head, $body) = split /\r\n\r\n/, $body, 2
        if ($head // '') =~ m{^HTTP/1\.1 100 };
    my ($first, @lines) = split /\r\n/, $head // '';
    my $status = ($first // '') =~ m{^HTTP/1\.\d (\d+)} ? "$1" : 0;
    my %headers;
    for (@lines) {
        my ($name, $value) = split /:\s*/, $_, 2;
        $headers{ lc $name } = $value;
    }
    $body = join_chunks($body)
        if ($headers{'transfer-encoding'} // '') eq 'chunked';
    my $json;
    $json = eval { read_json($body) }
        if ($headers{'content-type'} // '') =~ m{[/+]json};
    return {
        status => $status,
        headers => \%headers,
        body => $body // '',
        json => $json,
    };
}

sub join_chunks
{
    my ($text) = @_;
    my $body = '';

    while ($text =~ s/^([0-9a-f]+)[^\r]*\r\n//i) {
        my $n = hex $1 or last;
        $body .= substr $text, 0, $n, '';
        $text =~ s/^\r\n//;
    }
    return $body;
}

# Test that an event was accepted, and what became of it.
sub accepted
{
    my ($answer, $outcome, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $got = "$answer->{status} " . ($answer->{json}{outcome} // 'nothing');
    $got .= " $answer->{json}{reason}" if defined $answer->{json}{reason};
    return is($got, "200 $outcome", $name)
        || diag("the answer: $answer->{body}");
}

# Test that a request was refused as RFC 9457 has it: with the status, and
# the member at fault where one is.
sub problem
{
    my ($answer, $status, $pointer, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $p = $answer->{json} // {};
    my @got = ($answer->{status}, $answer->{headers}{'content-type'} // '',
        $p->{status} // '');
    my @want = ($status, 'application/problem+json', $status);

    if (defined $pointer) {
        push @got, $p->{errors}[0]{pointer} // '(none)';
        push @want, $pointer;
    }
    push @got, grep { !length($p->{$_} // '') } qw(type title detail);
    return is("@got", "@want", $name) || diag("the answer: $answer->{body}");
}

# The one value of a query; :'name' in it stands for an option.  Values are
# bytes of UTF-8.
sub value
{
    my ($sql, %o) = @_;
    my $row = rows($sql, %o)->[0] // return undef;
    return (values %$row)[0];
}

# All rows of a query, each a hash, as PostgreSQL writes them in JSON.
sub rows
{
    my ($sql, %o) = @_;
    my @variables = map { ('-v', "$_=$o{$_}") } sort keys %o;

    pipe my $from, my $to or die "no pipe: $!\n";
    my $pid = open my $out, '-|';
    die "could not fork: $!\n" unless defined $pid;
    if (!$pid) {
        close $to;
        open STDIN, '<&', $from;
        exec 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', @variables;
    }
    close $from;
    # Not by select: psql drops characters from U+10FFFE on.
    print $to "copy (with q as ($sql)"
        . " select coalesce(json_agg(q), '[]') from q) to stdout;\n";
    close $to;
    local $/;
    my $text = <$out>;
    close $out or die "psql failed: $sql\n";
    $text =~ s/\\(.)/$1 eq 'n' ? "\n" : $1/ge;
    return read_json($text);
}

# The alerts of an integration, oldest first.
sub alerts
{
    my ($integration, $external_id) = @_;
    return rows(
        "select * from tocsin.alerts where integration_id = :'i'"
            . " and external_id = coalesce(nullif(:'x', ''), external_id)"
            . ' order by created_at, id',
        i => $integration,
        x => $external_id // '');
}

1;
