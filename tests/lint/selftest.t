#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Test that each check can fail: plant a fault in a copy of the tree; the check
# must report it, and must not report it before.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $ROOT = "$FindBin::Bin/../..";
my %said_before;
my $copy = tempdir('tocsin-lint-XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub fresh_copy
{
    system('rm', '-rf', "$copy/tree") == 0 or die "could not remove copy\n";
    mkdir "$copy/tree" or die "$copy/tree: $!\n";
    system("cd '$ROOT' && tar cf - Makefile README.md"
            . ' .clang-format cgi sql lighttpd-conf apache-conf'
            . " tests/lint tests/lib tests/unit | tar xf - -C '$copy/tree'")
        == 0 or die "could not copy the tree\n";
    mkdir "$copy/tree/.ci";
    return;
}

sub read_file
{
    my ($path) = @_;
    open my $file, '<', "$copy/tree/$path" or die "$path: $!\n";
    local $/ = undef;
    my $text = <$file>;
    close $file or die "$path: $!\n";
    return $text;
}

sub write_file
{
    my ($path, $text) = @_;
    make_path(dirname("$copy/tree/$path"));
    open my $file, '>', "$copy/tree/$path" or die "$path: $!\n";
    print {$file} $text or die "$path: $!\n";
    close $file or die "$path: $!\n";
    return;
}

sub check
{
    my ($name) = @_;
    my $said = qx{'$copy/tree/tests/lint/$name' 2>&1 </dev/null};
    return ($? >> 8, $said);
}

# Replace a required match in a file, or append to the file.
sub plant
{
    my ($path, $from, $to) = @_;
    my $text = -e "$copy/tree/$path" ? read_file($path) : '';
    if (defined $from) {
        $text =~ s/$from/$to/ or die "$path has nothing like $from\n";
    } else {
        $text .= $to;
    }
    return write_file($path, $text);
}

sub names_fault
{
    my ($check, $name, $finding, @fault) = @_;
    $said_before{$check} //= (check($check))[1];
    unlike($said_before{$check}, $finding, "$check is silent before: $name");
    my $before = -e "$copy/tree/$fault[0]" ? read_file($fault[0]) : undef;
    plant(@fault);
    my ($status, $said) = check($check);
    ok($status != 0, "$check fails: $name");
    like($said, $finding, "$check names it: $name");
    if (defined $before) {
        write_file($fault[0], $before);
    } else {
        unlink "$copy/tree/$fault[0]" or die "$fault[0]: $!\n";
    }
    return;
}

my %SLOW = map { $_ => 1 }
    qw(format.sh shell.sh perl.sh cppcheck.sh analyze.sh);

my $license = "/* SPDX-License-Identifier: ISC */\n";
my $script = "#!/bin/sh\n# SPDX-License-Identifier: ISC\n";

my @faults = (
    ['includes.sh', 'a folder below',
        qr{^cgi/base/buf\.c:\d+: .*include conf/conf\.h}m,
        'cgi/base/buf.c', qr/#include <string\.h>\n/,
        "#include <string.h>\n\n#include \"conf/conf.h\"\n"],
    ['includes.sh', 'a header without its folder',
        qr{^cgi/base/buf\.c:\d+: write the folder of log\.h}m,
        'cgi/base/buf.c', undef, "# include \"log.h\"\n"],
    ['includes.sh', 'a README with other folders',
        qr{^README\.md: the folders of cgi/ are base conf}m,
        'README.md', qr{^  base/ }m, '  basement/ '],
    ['includes.sh', 'a library in a folder that does not own it',
        qr{^cgi/base/buf\.c:\d+: .*include libpq-fe\.h}m,
        'cgi/base/buf.c', undef, "#include <libpq-fe.h>\n"],
    ['includes.sh', 'a folder of a library that another owns',
        qr{^cgi/base/buf\.h:\d+: .*include openssl/evp\.h}m,
        'cgi/base/buf.h', undef, "#include <openssl/evp.h>\n"],
    ['includes.sh', 'its own header not first',
        qr{^cgi/base/clock\.c:\d+: its own header must come first}m,
        'cgi/base/clock.c', qr{#include "base/clock\.h"},
        "#include <time.h>\n#include \"base/clock.h\""],
    ['includes.sh', 'a folder that is not in the list',
        qr{^cgi/man/attic\.c:1: folder man is not in}m,
        'cgi/man/attic.c', undef, $license],

    ['banned.sh', 'a banned call', qr{^cgi/base/buf\.c:\d+: sprintf is banned}m,
        'cgi/base/buf.c', undef, "int f(void) { return sprintf(0, 0); }\n"],
    ['banned.sh', 'printf in a module',
        qr{^cgi/base/buf\.c:\d+: printf is banned}m,
        'cgi/base/buf.c', undef, "/* a */ int f(void) { printf (\"x\"); }\n"],
    ['banned.sh', 'a program without a license',
        qr{^tests/lib/bell:1: no SPDX}m,
        'tests/lib/bell', undef, "#!/bin/sh\n"],
    ['banned.sh', 'C without a license', qr{^cgi/base/attic\.c:1: no SPDX}m,
        'cgi/base/attic.c', undef, "\n"],
    ['banned.sh', 'a meaningless name',
        qr{^cgi/base/util\.c: a meaningless name}m,
        'cgi/base/util.c', undef, $license],
    ['banned.sh', 'the lifecycle in C',
        qr{^cgi/base/buf\.c:\d+: the lifecycle belongs to SQL}m,
        'cgi/base/buf.c', undef, "static const char s[] = \"resolved\";\n"],

    ['statements.sh', 'an operator in SQL',
        qr{^cgi/base/buf\.c:\d+: the operator = without its schema}m,
        'cgi/base/buf.c', undef, "const char *s = \"select a from t.b \"\n"
            . "    /* x */\n    \"where a = \$1\";\n"],
    ['statements.sh', 'a word that is an operator',
        qr{^cgi/base/buf\.c:\d+: the operator "is distinct"}m,
        'cgi/base/buf.c', undef,
        "const char *s = \"select t.a() is distinct from null\";\n"],
    ['statements.sh', 'a cast in SQL', qr{^cgi/base/buf\.c:\d+: a cast}m,
        'cgi/base/buf.c', undef, "char *s = \"select t.b(\$1::text)\";\n"],
    ['statements.sh', 'a function without its schema in SQL',
        qr{^cgi/base/buf\.c:\d+: now\(\) without its schema}m,
        'cgi/base/buf.c', undef, "const char *s = \"select t.a(), now()\";\n"],
    ['statements.sh', 'a setting that needs an operator',
        qr{^cgi/base/buf\.c:\d+: the operator = without its schema}m,
        'cgi/base/buf.c', undef, "const char *s = \"set jit = off\";\n"],
    ['statements.sh', 'a literal that a setting changes',
        qr{^sql/upkeep/api\.bell\.sql:1: a backslash in a literal},
        'sql/upkeep/api.bell.sql', undef, "select E'\\\\d' || '\\d'\n"],

    ['sizes.sh', 'a long line of C', qr{^cgi/base/buf\.c:\d+: over 80}m,
        'cgi/base/buf.c', undef, "/*\t\t\t\t\t\t\t\t\t\tlong */\n"],
    ['sizes.sh', 'a long line of shell', qr{^tests/lib/bell:3: over 80}m,
        'tests/lib/bell', undef, $script . '# ' . 'x' x 79 . "\n"],
    ['sizes.sh', 'a long line of SQL', qr{^sql/attic\.sql:1: over 80}m,
        'sql/attic.sql', undef, '-- ' . 'x' x 78 . "\n"],
    ['sizes.sh', 'a long file', qr{^cgi/base/attic\.c: 661 lines, over 660}m,
        'cgi/base/attic.c', undef, "\n" x 661],
    ['sizes.sh', 'a long header', qr{^cgi/base/attic\.h: 201 lines, over 200}m,
        'cgi/base/attic.h', undef, "\n" x 201],
    ['sizes.sh', 'a long Makefile', qr/^Makefile: \d+ lines, over 250/m,
        'Makefile', undef, "\n" x 200],
    ['sizes.sh', 'a long README', qr/^README\.md: \d+ lines, over 250/m,
        'README.md', undef, "\n" x 200],
    ['sizes.sh', 'a long function', qr{^cgi/base/attic\.c:1: f has 61 lines}m,
        'cgi/base/attic.c', undef, "int f(void)\n{\n" . "\n" x 58 . "}\n"],
    ['sizes.sh', 'many parameters', qr{^cgi/base/attic\.c:2: f has 7 param}m,
        'cgi/base/attic.c', undef, "int\nf(int a, int b, int (*c)(int, int),\n"
            . "    int d, int e, int g, int h)\n{\n}\n"],
    ['sizes.sh', 'deep nesting', qr{^cgi/base/attic\.c:2: nested over 4 deep}m,
        'cgi/base/attic.c', undef, "{\n\t\t\t\t\t\ta();\n}\n"],
    ['sizes.sh', 'a long SQL function', qr{^sql/attic\.sql:1: f has 91 l}m,
        'sql/attic.sql', undef, "create or replace function f(\n"
            . "\n" x 89 . "\$\$;\n"],
    ['sizes.sh', 'an SQL function in the wrong file',
        qr{^sql/ingest/attic\.sql:1: f belongs in api\.f\.sql}m,
        'sql/ingest/attic.sql', undef, "create function tocsin_api.f()\n"],

    ['drift.sh', 'a label only in C', qr/outcome\.c has "creatd"/,
        'cgi/base/outcome.c', qr/"created"/, '"creatd"'],
    ['drift.sh', 'a label only in SQL', qr/_internal\.outcome has "x"/,
        'sql/migrate/9998/x.sql', undef,
        "alter type tocsin_internal.outcome\n    add value 'x';\n"],
    ['drift.sh', 'a default that differs in the example',
        qr{conf\.c has "workers = 64", cgi/man/tocsin\.conf\.example lacks it},
        'cgi/man/tocsin.conf.example', qr/#workers = 64/, '#workers = 65'],
    ['drift.sh', 'a default that differs in the manual',
        qr{conf\.c has "workers = 64", cgi/man/tocsin\.conf\.5 lacks it},
        'cgi/man/tocsin.conf.5', qr/Default: 64/, 'Default: 65'],
    ['drift.sh', 'a key that is not in conf.c',
        qr{example has "boat = 1", cgi/conf/conf\.c lacks it},
        'cgi/man/tocsin.conf.example', undef, "#boat = 1\n"],
    ['drift.sh', 'a member that is not a key',
        qr{struct conf has "boat", cgi/conf/conf\.c lacks it},
        'cgi/conf/conf.h', qr/int workers;/, 'int workers, boat;'],
    ['drift.sh', 'a column only in C',
        qr{db/batch\.c has "bell", tocsin_api\.event_in lacks it},
        'cgi/db/batch.c', qr{/\* remote_addr \*/}, '/* bell */'],
    ['drift.sh', 'an endpoint that no web server passes on',
        qr{endpoint\.c has "bell", the pattern of apache-conf/},
        'cgi/server/endpoint.c', qr/\{"\/live"/, '{"/bell"'],
    ['drift.sh', 'a cell of which only webhooks are passed on',
        qr{53-tocsin-cells\.conf has "c", cgi/server/endpoint\.c lacks it},
        'lighttpd-conf/53-tocsin-cells.conf', qr/_b_\|b/, '_b_|c'],
    ['drift.sh', 'a unit that differs for a cell',
        qr{tocsin\.service has "RestartSec=1", cgi/systemd/tocsin\@\.service},
        'cgi/systemd/tocsin@.service', qr/RestartSec=1/, 'RestartSec=2'],
    ['drift.sh', 'a column that two views make in two ways',
        qr{view/alerts\.sql has "case .* as told_count", sql/view/open},
        'sql/view/open_alerts.sql', qr/'cancelled'/, "'dead'"],
    ['drift.sh', 'a limit of the role that differs in C',
        qr{timing\.h has "lock_timeout = 500", sql/roles\.sql lacks it},
        'sql/roles.sql', qr/lock_timeout = '500ms'/, "lock_timeout = '600ms'"],
    ['drift.sh', 'an alert about clocks that check does not share',
        qr{rules\.yml has "2 s", cgi/base/timing\.h lacks it},
        'sql/dashboard/prometheus/rules.yml', qr/offset_seconds > 1/,
        'offset_seconds > 2'],
    ['drift.sh', 'a migration that the Makefile does not count',
        qr/SCHEMA is \d+, last migration is 9999/,
        'sql/migrate/9999/x.sql', undef, "select 1;\n"],
    ['drift.sh', 'the version in another place',
        qr{^cgi/base/attic\.c:1: the version belongs in the Makefile}m,
        'cgi/base/attic.c', undef, undef],

    ['format.sh', 'C formatted differently',
        qr{^cgi/base/attic\.c:1: not formatted}m,
        'cgi/base/attic.c', undef, "int  f ( void );\n"],
    ['shell.sh', 'a word that is not quoted', qr{^tests/lib/bell:3:.*SC2086}m,
        'tests/lib/bell', undef, $script . "rm \$1\n"],
    ['perl.sh', 'Perl with a typo', qr/Global symbol "\$b1".* line 5/,
        'tests/lib/bell', undef, "#!/usr/bin/perl\n# SPDX\nuse strict;\n"
            . "use warnings;\n\$b1 = 1;\n"],
    ['perl.sh', 'Perl that is not strict', qr{^tests/lib/bell:1: no use st}m,
        'tests/lib/bell', undef, "#!/usr/bin/perl\nuse warnings;\n"],
    ['manual.sh', 'an unknown macro', qr{^cgi/man/attic\.1:\d+:.*macro}m,
        'cgi/man/attic.1', undef, ".Dd November 1, 2026\n.Dt ATTIC 1\n.Os\n"
            . ".Sh NAME\n.Nm attic\n.Nd x\n.Zz\n"],
    ['manual.sh', 'two sentences in a line', qr{^cgi/man/attic\.1:1: two sent}m,
        'cgi/man/attic.1', undef, "It was. It is.\n"],
    ['cppcheck.sh', 'a null pointer',
        qr{^cgi/base/attic\.c:\d+: nullPointer}m,
        'cgi/base/attic.c', undef,
        $license . "int f(void)\n{\n\tint *p = 0;\n\treturn *p;\n}\n"],
    ['analyze.sh', 'a double free and a careless comparison',
        qr{^cgi/base/attic\.c:8:.*bugprone}m,
        'cgi/base/attic.c', undef, $license . "#include <stdlib.h>\n"
            . "#include <string.h>\nint f(char *p)\n{\n\tfree(p);\n"
            . "\tfree(p);\n\treturn strcmp(\"a\", \"b\") && 1;\n}\n"],
);

# The tool that each check requires, and its package.
my %tools = (
    'banned.sh' => [qw(perl perl)],
    'statements.sh' => [qw(perl perl)],
    'sizes.sh' => [qw(perl perl)],
    'drift.sh' => [qw(perl perl)],
    'format.sh' => [qw(clang-format-14 clang-format-14)],
    'shell.sh' => [qw(shellcheck shellcheck)],
    'perl.sh' => [qw(perl perl)],
    'manual.sh' => [qw(mandoc mandoc)],
    'cppcheck.sh' => [qw(cppcheck cppcheck)],
    'analyze.sh' => [qw(gcc gcc)],
);

sub names_missing_tools
{
    mkdir "$copy/bin" or die "$copy/bin: $!\n";
    for my $tool (qw(sh dirname find grep sort sed awk xargs cat)) {
        my ($path) = grep { -x } map { "$_/$tool" } split /:/, $ENV{PATH};
        symlink $path, "$copy/bin/$tool" or die "$tool: $!\n";
    }
    local $ENV{PATH} = "$copy/bin";
    for my $check (sort keys %tools) {
        my ($tool, $package) = @{ $tools{$check} };
        my ($status, $said) = check($check);
        ok($status != 0, "$check fails without $tool");
        is($said, "$tool is missing: apt-get install $package\n",
            'and says what to install');
    }
    return;
}

# What a compiler or an analyzer reads takes a minute for all of it: leave it
# a file of each kind.
sub leave_little
{
    my $kept = qr{^cgi/base/(?:buf\.c|\w+\.h)$|^tests/lint/|
        ^tests/lib/(?:Files\.pm|stop)$}x;
    for my $path (split /\n/, qx(cd '$copy/tree' && find cgi tests ! -type d)) {
        unlink "$copy/tree/$path" or die "could not remove $path\n"
            if $path !~ $kept;
    }
    return;
}

sub run_says_so
{
    my @checks = glob "$copy/tree/tests/lint/*.sh";
    # One that looks at the tree will do.
    write_file("tests/lint/$_", $script)
        for grep { !/^(?:start|includes)\.sh$/ } map { s{.*/}{}r } @checks;
    my ($status, $said) = check('run');
    my @lines = grep { /^(ok    |FAILED) / } split /\n/, $said;
    is(@lines, @checks - 1, 'run runs every script except start.sh');
    plant('cgi/base/buf.c', undef, "#include \"log.h\"\n");
    ($status, $said) = check('run');
    ok($status != 0, 'run fails when a check does');
    like($said, qr{^FAILED includes\n(?: .*\n)* +cgi/base/buf\.c:\d+: write}m,
        'and shows what it found');
    return;
}

fresh_copy();
my ($version) = read_file('Makefile') =~ /^VERSION = (\S+)$/m;
for my $fault (grep { !$SLOW{ $_->[0] } } @faults) {
    $fault->[-1] //= "const char *v = \"$version\";\n";
    names_fault(@$fault);
}
names_missing_tools();
run_says_so();
fresh_copy();
leave_little();
names_fault(@$_) for grep { $SLOW{ $_->[0] } } @faults;

done_testing();
