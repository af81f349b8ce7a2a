# SPDX-License-Identifier: ISC
package Vectors;

# Requests of other senders, and what a dialect makes of them: the files of
# tests/http/dialects, one a dialect.
#
#   dialects()      their names
#   vectors($name)  the requests of one, each a hash: method, path, query,
#                   headers (names and values), body, want (events as
#                   structures, or "refused POINTER"), status and answer
#                   (JSON in which "*" is any text, or undef), stored and
#                   stored_answer (the same, where the database says another
#                   thing), line
#   token($name)    the token that the file has, or undef
#   same($got, $want)
#                   whether two structures are equal, "*" any text
#
# In a file, a line "METHOD PATH?QUERY" begins a request; then come headers, an
# empty line, the body, and lines "=> EVENT", each of which, like the body, may
# go on in the next ones; "answer STATUS JSON" ends it.  The lines of a form in
# parts end in CRLF.

use strict;
use warnings;

use Exporter qw(import);
use File::Basename qw(dirname basename);
use JSON::PP ();

our @EXPORT = qw(dialects vectors token same);

my $FOLDER = dirname(__FILE__) . '/../http/dialects';
my $JSON = JSON::PP->new->utf8->allow_nonref->canonical;

sub dialects
{
    return map { basename($_, '.txt') } sort glob "$FOLDER/*.txt";
}

sub lines
{
    my ($name) = @_;
    open my $file, '<', "$FOLDER/$name.txt" or die "$name: $!\n";
    my @lines = <$file>;
    chomp @lines;
    return @lines;
}

sub token
{
    my ($name) = @_;
    my ($token) = map { /^token (.*)/ ? $1 : () } lines($name);
    return $token;
}

sub vectors
{
    my ($name) = @_;
    my (@vectors, $v, $in);
    my $n = 0;

    for (lines($name)) {
        $n++;
        if (/^(GET|POST|PUT)(?: ([^?]*)(?:\?(.*))?)?$/) {
            $v = {
                method => $1,
                path => $2 // '',
                query => $3 // '',
                headers => [],
                body => '',
                wanted => [],
                line => $n
            };
            push @vectors, $v;
            $in = 'headers';
        } elsif (!$v) {
            next;
        } elsif (/^(answer|stored) (\d+)(?: (.*))?$/) {
            my $key = $1 eq 'answer' ? 'status' : 'stored';
            my $body = $1 eq 'answer' ? 'answer' : 'stored_answer';
            $v->{$key} = $2;
            $v->{$body} = $JSON->decode($3) if defined $3;
            $v = undef if $1 eq 'answer';
        } elsif (/^=> (.*)$/) {
            push @{ $v->{wanted} }, $1;
            $in = 'wanted';
        } elsif ($in eq 'wanted') {
            $v->{wanted}[-1] .= $_;
        } elsif ($in eq 'headers' && /^([\w-]+): (.*)$/) {
            push @{ $v->{headers} }, $1, $2;
        } elsif ($in eq 'headers') {
            $in = 'body';
        } else {
            $v->{body} .= length $v->{body} ? "\n$_" : $_;
        }
    }
    for my $vector (@vectors) {
        die "$name.txt:$vector->{line}: no answer\n" if !$vector->{status};
        $vector->{body} =~ s/\n/\r\n/g
            if grep { m{^multipart/} } @{ $vector->{headers} };
        $vector->{want} = [ map { /^refused/ ? $_ : $JSON->decode($_) }
                @{ $vector->{wanted} } ];
    }
    return @vectors;
}

sub same
{
    my ($got, $want) = @_;
    return defined $got && !ref $got if ($want // '') eq '*';
    if (ref $want eq 'HASH') {
        return ref $got eq 'HASH' && keys %$got == keys %$want
            && !grep { !exists $got->{$_} || !same($got->{$_}, $want->{$_}) }
            keys %$want;
    }
    if (ref $want eq 'ARRAY') {
        return ref $got eq 'ARRAY' && @$got == @$want
            && !grep { !same($got->[$_], $want->[$_]) } 0 .. $#$want;
    }
    return $JSON->encode([$got]) eq $JSON->encode([$want]);
}

1;
