#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The usage of tocsin, its manual, where settings come from, and the messages
# about wrong arguments.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World postgres => 'any', qw($ROOT);
use Run;

my @commands = tocsin('--help')->{out} =~ /^  ([a-z]\S*)  /mg;
my ($help) = grep { $_ eq 'help' } @commands;
@commands = grep { $_ ne 'help' } @commands;

# Help.
is($help, 'help', 'help stands among the commands');
cmp_ok(scalar @commands, '>=', 4, 'there are commands');
for my $words (['--help'], ['-h'], ['help']) {
    says(tocsin(@$words), qr/^usage: tocsin .*\n  init .*Exit status/s,
        "tocsin @$words shows the commands and the exit statuses");
}
for my $command (@commands) {
    my $shown = tocsin('help', $command);
    says($shown, qr/^usage: tocsin \Q$command\E/,
        "help $command shows its usage");
    is(tocsin($command, '--help')->{out}, $shown->{out},
        "$command --help shows the same");
    ok(!(grep { length > 79 } split /\n/, $shown->{out}),
        "the usage of $command fits a terminal");
}
like(tocsin('--version')->{out}, qr/\Atocsin \d+\.\d+\.\d+\n\z/,
    '--version prints one line');
is(tocsin('-V')->{out}, tocsin('--version')->{out}, '-V is short for it');

# The manual.
open my $page, '<', "$ROOT/cgi/man/tocsin.1" or die "tocsin.1: $!\n";
my $manual = do { local $/; <$page> };
close $page;
my $shown = join '', map { tocsin('help', $_)->{out} } @commands;
$shown .= tocsin('help')->{out};
my %told = map { $_ => 1 } $shown =~ /--([a-z]+(?:-[a-z]+)*)/g;
my %written = map { $_ => 1 } $manual =~ /Fl Fl ([a-z]+(?:-[a-z]+)*)/g;
cmp_ok(scalar keys %told, '>=', 15, 'the usage has options');
is_deeply([ grep { !$written{$_} } sort keys %told ], [],
    'every option of the usage is in the manual');
is_deeply([ grep { !$told{$_} } sort keys %written ], [],
    'every option of the manual is in the usage');
is_deeply([ grep { $manual !~ /^\.(?:Ss|Cm) \Q$_\E\b/m } @commands ], [],
    'every command is in the manual');
is_deeply([ $manual =~ /^\.It (\d)$/mg ], [ 0 .. 7 ],
    'every exit status is in the manual');

# What is not there.
my $run = tocsin('integrations', 'list');
refuses($run, 2, qr/^tocsin: there is no command "integrations"\nusage: /,
    'an unknown command is named, and the usage shown on stderr');
refuses(tocsin(), 2, qr/^usage: /, 'no command at all shows the usage');
refuses(tocsin('help', 'wishes'), 2, qr/no command "wishes"\nusage: /,
    'help of an unknown command is refused');
refuses(tocsin('--colour', 'init'), 2, qr/unrecognized option.*\nusage: /,
    'an unknown option is refused');
refuses(tocsin('-c'), 2, qr/requires an argument.*\nusage: /,
    'an option without its argument is refused');
refuses(tocsin("\e[31m"), 2, qr/^tocsin: there is no command "\\x1b\[31m"/,
    'control characters of a command do not reach the terminal');

# Where settings come from.
my $conf = write_file('here.conf', "database = dbname=from_file\n");
my $env = { env => { TOCSIN_DATABASE => 'dbname=from_environment' } };
my @list = ('integration', 'list');
refuses(tocsin('-c', $conf, @list), 4, qr/"from_file"/,
    'the database of the file is used');
refuses(tocsin($env, '-c', $conf, @list), 4, qr/"from_environment"/,
    'the environment goes before the file');
refuses(tocsin($env, '-o', 'database=dbname=from_option', @list), 4,
    qr/"from_option"/, '-o goes before the environment');
refuses(tocsin($env, '-d', 'from_d', @list), 4, qr/"from_d"/,
    '-d goes before the environment');
refuses(tocsin('-o', 'database=dbname=first', '-d', 'last', @list), 4,
    qr/"last"/, 'of several the last one holds');
refuses(tocsin({ env => { TOCSIN_CONF => $conf } }, @list), 4,
    qr/"from_file"/, 'TOCSIN_CONF names the file');
refuses(tocsin('-o', 'colour=red', @list), 3, qr/option colour: unknown key/,
    'a key that does not exist is refused');
refuses(tocsin((map { ('-o', 'workers=1') } 1 .. 33), @list), 1,
    qr/more than 32 -o options/, 'options are counted');

# A web server's account has no environment to speak of.
$run = tocsin({ program => 'env' }, '-i', "TOCSIN_CONF=$DIR/empty.conf",
    $PROGRAM, '-d', "host=$ENV{PGHOST} port=$ENV{PGPORT} user=postgres"
        . ' dbname=tocsin', @list);
says($run, qr/^ID /, 'an empty environment is enough');
$run = tocsin({ env => { LC_ALL => 'C' } }, 'integration', 'add',
    "caf\xc3\xa9");
says($run, qr/^name +caf\\xc3\\xa9$/m,
    'in a locale of ASCII other letters are shown as bytes');

done_testing();
