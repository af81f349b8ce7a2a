# SPDX-License-Identifier: ISC
package Http;

# Requests to the web server that the environment names, in exactly the bytes
# a test wants, and their answers.
#
#   post($integration, $event, %o)    POST an event: bytes, or a structure to
#                                     be made JSON; type is that of the body
#   create($integration, %event)      POST a create with what a sender must
#                                     say, and more
#   request($method, $path, %o)       send one request and return the answer
#   together([$method, $path, %o]...) send several, each on a connection of
#                                     its own, all of them before any answer
#                                     is read; the answers in this order
#   Http::get($path, %o)              GET a path of the board, with its password
#   Http::authorization()             the header with that password
#   Http::status_from($address, $path)
#                                     the status of a GET that comes from one
#                                     of this host's addresses
#
# An answer has status, headers (names in lower case), body, and json if it is
# JSON.  Options of a request: headers, body, chunked (the body in pieces of
# that size, without a length), length (a false one), cut (close our side after
# the body), path (a whole one).
#
#   accepted($answer, $outcome, $name)
#                     test that an event was accepted, and what became of it
#   problem($answer, $status, $pointer, $name)
#                     test that a request was refused as RFC 9457 has it: with
#                     the status, and the member at fault where one is
#   json($structure)  as bytes, and
#   read_json($bytes) back

use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Socket qw(SHUT_WR TCP_NODELAY IPPROTO_TCP);
use Test::More;

our @EXPORT = qw(post create accepted problem request together json $JSON);

binmode $_, ':utf8' for map { Test::More->builder->$_ }
    qw(output failure_output todo_output);

our $JSON = JSON::PP->new->utf8->canonical->allow_nonref;
our $PASSWORD = 'operator:tocsin';

my $READ = JSON::PP->new->allow_nonref;

# Host, port, and what stands in front of integration/ in the URL.
sub place
{
    my $url = $ENV{BASE_URL} // '';
    my @place = $url =~ m{^http://([^:/]+):(\d+)(/.*)$};
    die "BASE_URL is odd: '$url'\n" if !@place;
    return @place;
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

sub create
{
    my ($integration, %event) = @_;
    return post($integration,
        { event_type => 'create', Title => 'a title', %event });
}

sub request
{
    my ($method, $path, %o) = @_;
    return (together([ $method, $path, %o ]))[0];
}

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

sub authorization
{
    return (Authorization => 'Basic ' . encode_base64($PASSWORD, ''));
}

sub get
{
    my ($path, %o) = @_;
    return request(GET => $path, %o,
        headers => [ authorization(), @{ $o{headers} // [] } ]);
}

sub status_from
{
    my ($address, $path) = @_;
    my $s = open_socket($address);
    print $s 'GET ' . (place())[2] . "$path HTTP/1.0\r\n\r\n";
    $s->flush;
    my $line = <$s> // '';
    return $line =~ m{^HTTP/1\.\d (\d+)} ? $1 : "none: $line";
}

sub open_socket
{
    my ($local) = @_;
    my ($host, $port) = place();
    my $s = IO::Socket::INET->new(
        PeerAddr => $host,
        PeerPort => $port,
        defined $local ? (LocalAddr => $local) : (),
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
    my $text = "$method " . ($o{path} // (place())[2] . $path) . " HTTP/1.1\r\n"
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

    # Skip 100 Continue.
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

sub accepted
{
    my ($answer, $outcome, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $got = "$answer->{status} " . ($answer->{json}{outcome} // 'nothing');
    $got .= " $answer->{json}{reason}" if defined $answer->{json}{reason};
    return is($got, "200 $outcome", $name)
        || diag("the answer: $answer->{body}");
}

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

1;
