#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The literal bodies of senders in the wild, in the order they send them.
use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

# Send bodies in turn; each line of the file is an outcome and a body.
sub play
{
    my ($int, $sender, $file) = @_;
    my $n = 0;
    open my $script, '<', "$FindBin::Bin/senders/$file.txt"
        or die "no bodies of $sender: $!\n";
    while (my $line = <$script>) {
        chomp $line;
        my ($outcome, $body) = $line =~ /^(\w+(?: \w+)?): (.*)$/
            or die "no outcome: $line";
        $n++;
        accepted(post($int, $body), $outcome, "$sender, body $n: $outcome");
    }
}

my $int = integration();
play($int, 'Apprise', 'apprise');
my ($disk, $uuid) = @{ alerts($int) };
is($disk->{description},
    '/var is 97% full – “quotes” & emoji 😀 / slash',
    'its escapes are read');
is($disk->{urgency}, 'silent', 'its urgency is kept');
is($disk->{status}, 'resolved', 'its alert is resolved');
ok($uuid->{incident}, 'its "true" is true');
is($uuid->{incident_severity}, 'SEV-1', 'with its severity');

$int = integration();
play($int, 'Uptime Kuma', 'uptime-kuma');
my $web = alerts($int, '7')->[0];
is($web->{title}, 'Uptime Kuma Monitor "web" is DOWN', 'its title');
is($web->{description}, '', 'it has no description');
is($web->{status}, 'resolved', 'its alert is resolved');

$int = integration();
play($int, 'a PHP sender', 'php');
is(alerts($int)->[0]{description},
    'see https://example.org/a/b', 'its slashes are slashes');

play($int, 'others', 'others');

done_testing;
