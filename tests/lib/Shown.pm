# SPDX-License-Identifier: ISC
package Shown;

# Commands that a text shows to people, for tests that type them.
#
#   commands($text, $indent)    those on lines that begin with this indent
#                               and no further white space, each with the
#                               lines that a shell would go on to read: after
#                               a backslash, in quotes, and in a
#                               here-document.  Comments are removed.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(commands);

sub commands
{
    my ($text, $indent) = @_;
    my (@commands, $open);

    for (split /\n/, $text) {
        next unless $open ? s/^\Q$indent\E// : s/^\Q$indent\E(?=\S)//;
        s/\s+#\s.*// unless $open;
        if ($open) {
            $commands[-1] .= "\n$_";
        } else {
            push @commands, $_;
        }
        $open = is_open($commands[-1]);
    }
    return @commands;
}

sub is_open
{
    my ($command) = @_;
    my $quotes = () = $command =~ /'/g;
    return $command =~ /<<(\w+)/ ? $command !~ /^$1$/m
        : $command =~ /\\$/ || $quotes % 2;
}

1;
